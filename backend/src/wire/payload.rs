//! Payloads share the buffer their bytes came in. A small one that is kept (as a znode's data)
//! would keep all of that buffer, so it is copied out.

use bytes::Bytes;
use relevo_coordination::{Message, Request};

/// Copies what is smaller than half of the `buffer` it came in.
pub(crate) fn own(message: &mut Message, buffer: usize) {
    match message {
        Message::Connect(request) => own_bytes(&mut request.password, buffer),
        Message::Request { request, .. } => own_request(request, buffer),
        _ => {}
    }
}

fn own_request(request: &mut Request, buffer: usize) {
    match request {
        Request::Create { data: Some(data), .. } | Request::SetData { data: Some(data), .. } => {
            own_bytes(data, buffer);
        }
        Request::Auth { auth, .. } => own_bytes(auth, buffer),
        Request::Multi(requests) => requests.iter_mut().for_each(|one| own_request(one, buffer)),
        _ => {}
    }
}

fn own_bytes(bytes: &mut Bytes, buffer: usize) {
    if bytes.len() * 2 < buffer {
        *bytes = Bytes::copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_payload_does_not_keep_its_buffer() {
        let buffer = Bytes::from(vec![7; 64 * 1024]);
        let (mut small, mut large) = (buffer.slice(..100), buffer.slice(..40_000));
        own_bytes(&mut small, buffer.len());
        own_bytes(&mut large, buffer.len());
        assert_eq!(small, buffer.slice(..100));
        assert_ne!(small.as_ptr(), buffer.as_ptr());
        assert_eq!(large.as_ptr(), buffer.as_ptr());
    }
}
