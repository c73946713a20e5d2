//! The address of a lab at an instant: `#link/` and the link's bytes in base64url.

use prost::Message;
use relevo_proto::lab::v1::Permalink;

const PREFIX: &str = "#link/";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The whole address that opens a link.
pub(crate) fn address(link: &Permalink) -> String {
    let location = web_sys::window().map(|window| window.location());
    let origin = location.and_then(|location| location.origin().ok()).unwrap_or_default();
    [&origin, "/", PREFIX, &encode(&link.encode_to_vec())].concat()
}

/// Whether the address carries a link.
pub(crate) fn in_address() -> bool {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    hash.is_some_and(|hash| hash.starts_with(PREFIX))
}

/// The link the address carries: none where it is no link, an empty one where it cannot be read.
pub(crate) fn of_address() -> Option<Option<Permalink>> {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok())?;
    let text = hash.strip_prefix(PREFIX)?;
    let link = decode(text).and_then(|bytes| Permalink::decode(&*bytes).ok());
    Some(link.filter(|link| !link.scenario.is_empty()))
}

/// The lab is there: the address need not say it any more, or a reload would make another.
pub(crate) fn forget() {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/"));
    }
}

/// Goes to a place of the page.
pub(crate) fn go(hash: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().set_hash(hash);
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let index = word >> (18 - 6 * digit) & 63;
            text.push(char::from(DIGITS[index as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0u32;
        for byte in chunk {
            let digit = DIGITS.iter().position(|digit| digit == byte)?;
            word = word << 6 | digit as u32;
        }
        word <<= 6 * (4 - chunk.len());
        let whole = word.to_be_bytes();
        bytes.extend_from_slice(&whole[1..chunk.len().max(1)]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_address() {
        for length in 0..40u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37) ^ 0xa5).collect();
            let text = encode(&bytes);
            assert!(text.bytes().all(|byte| DIGITS.contains(&byte)));
            assert_eq!(decode(&text), Some(bytes));
        }
        assert_eq!(decode("not base64!"), None);
    }
}
