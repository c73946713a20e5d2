//! What the page's client stands on: one request, one answer, as gRPC-web frames them.
//!
//! A frame is a byte of flags, four of length, and so many bytes; an answer is a frame with the
//! message and one, flagged, with the trailers as text (gRPC's `PROTOCOL-WEB.md`).

use crate::lab::v1;
use prost::Message;
use std::future::Future;
use std::pin::Pin;

/// Bytes under way.
pub type Answered = Pin<Box<dyn Future<Output = Result<Vec<u8>, Status>>>>;

/// The flag of a frame that holds the trailers.
const TRAILERS: u8 = 0x80;

/// How a page sends a body to a method's path and gets one back: by the browser's `fetch`.
pub trait Transport {
    /// Posts `body`; what comes back is whatever the server answered, of which only `status` is
    /// looked at here.
    fn post(&self, path: &'static str, body: Vec<u8>) -> Answered;
}

/// gRPC's number for an answer that did not come in time.
pub const DEADLINE_EXCEEDED: u32 = 4;
/// gRPC's number for whatever has no other.
const UNKNOWN: u32 = 2;

/// The trailer with the Spanish words of a refusal, in base64.
pub const SPANISH: &str = "message-es-bin";

/// Why a call failed, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    code: u32,
    message: String,
    spanish: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<M>(M);

impl Status {
    /// A failure, in words.
    pub fn new(message: impl Into<String>) -> Status {
        Status { code: UNKNOWN, message: message.into(), spanish: None }
    }

    /// gRPC's number for it.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// What the server says.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same in Spanish, where the server says it.
    pub fn spanish(&self) -> &str {
        self.spanish.as_deref().unwrap_or(&self.message)
    }
}

impl<M> Response<M> {
    /// The message.
    pub fn into_inner(self) -> M {
        self.0
    }
}

/// The service, as a page calls it: every method with one answer, named as tonic names it.
pub struct LabClient<T> {
    transport: T,
}

impl<T: Transport> LabClient<T> {
    /// A client that sends by `transport`.
    pub fn new(transport: T) -> LabClient<T> {
        LabClient { transport }
    }
}

include!(concat!(env!("OUT_DIR"), "/calls.rs"));

/// Calls one method.
async fn call<A: Message + Default>(
    transport: &impl Transport,
    path: &'static str,
    request: &impl Message,
) -> Result<Response<A>, Status> {
    let answer = transport.post(path, framed(&request.encode_to_vec())).await?;
    let message = opened(&answer)?;
    A::decode(message).map(Response).map_err(|why| Status::new(why.to_string()))
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], message].concat()
}

/// The message of an answer, or what its trailers say went wrong.
fn opened(mut answer: &[u8]) -> Result<&[u8], Status> {
    let cut = || Status::new("the answer is cut short");
    let mut message = None;
    while let Some((&flags, rest)) = answer.split_first() {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let (frame, rest) =
            rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(cut)?;
        if flags & TRAILERS == 0 {
            message = Some(frame);
        } else {
            succeeded(&String::from_utf8_lossy(frame))?;
        }
        answer = rest;
    }
    message.ok_or_else(cut)
}

/// Whether trailers tell of success.
fn succeeded(trailers: &str) -> Result<(), Status> {
    let field = |name: &str| {
        let mut fields = trailers.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    match field("grpc-status") {
        None | Some("0") => Ok(()),
        Some(code) => Err(refused(code, field("grpc-message").unwrap_or_default(), field(SPANISH))),
    }
}

/// What a status other than success says; its words are percent-encoded, the Spanish ones in
/// base64.
pub fn refused(code: &str, message: &str, spanish: Option<&str>) -> Status {
    let spanish = spanish.and_then(decoded);
    let number = code.parse().unwrap_or(UNKNOWN);
    if message.is_empty() {
        return Status { code: number, message: ["gRPC status ", code].concat(), spanish };
    }
    let (mut bytes, mut rest) = (Vec::new(), message.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2).and_then(hex)).flatten();
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    Status { code: number, message: String::from_utf8_lossy(&bytes).into_owned(), spanish }
}

/// Text in base64, with its padding or without.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 & 0xffff | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_message() {
        let answer = [framed(b"abc"), framed(b"grpc-status:0\r\n")].concat();
        let mut answer = answer;
        answer[8] = TRAILERS;
        assert_eq!(opened(&answer), Ok(&b"abc"[..]));
    }

    #[test]
    fn trailers_alone_are_a_refusal_in_the_servers_words() {
        let mut answer = framed(b"grpc-status: 5\r\ngrpc-message: no lab %c3%b1%20x\r\n");
        answer[0] = TRAILERS;
        let refused = opened(&answer).unwrap_err();
        assert_eq!((refused.code(), refused.message()), (5, "no lab \u{f1} x"));
        assert_eq!(refused.spanish(), refused.message(), "where there is no other");
    }

    #[test]
    fn a_refusal_in_spanish_is_read_where_it_stands() {
        for (encoded, said) in [
            ("", ""),
            ("YQ==", "a"),
            ("YcOx", "a\u{f1}"),
            ("YcOxYg", "a\u{f1}b"),
            ("bm8gaGF5IGxhYm9yYXRvcmlv", "no hay laboratorio"),
        ] {
            assert_eq!(refused("5", "no lab", Some(encoded)).spanish(), said);
        }
        assert_eq!(refused("5", "no lab", Some("%")).spanish(), "no lab");
    }

    #[test]
    fn what_is_cut_short_is_told() {
        let whole = framed(b"abc");
        for length in 0..whole.len() {
            assert!(opened(&whole[..length]).is_err(), "{length} bytes of an answer");
        }
    }
}
