//! The few records of ZooKeeper's protocol that load needs (`zookeeper.jute`): big-endian
//! numbers, strings and buffers behind their length, each record in a frame behind its own.

/// Operation codes (`ZooDefs.OpCode`).
const CREATE: i32 = 1;
const GET_DATA: i32 = 4;
const SET_DATA: i32 = 5;
const PING: i32 = 11;

/// Appends the record that opens a session.
pub(crate) fn connect(out: &mut Vec<u8>, timeout_ms: i32) {
    frame(out, |out| {
        int(out, 0);
        long(out, 0);
        int(out, timeout_ms);
        long(out, 0);
        buffer(out, &[0; 16]);
        out.push(0);
    });
}

/// Appends the request for a persistent znode that anyone may do anything with.
pub(crate) fn create(out: &mut Vec<u8>, xid: i32, path: &str, data: &[u8]) {
    frame(out, |out| {
        header(out, xid, CREATE);
        buffer(out, path.as_bytes());
        buffer(out, data);
        int(out, 1);
        int(out, 31);
        buffer(out, b"world");
        buffer(out, b"anyone");
        int(out, 0);
    });
}

pub(crate) fn set_data(out: &mut Vec<u8>, xid: i32, path: &str, data: &[u8]) {
    frame(out, |out| {
        header(out, xid, SET_DATA);
        buffer(out, path.as_bytes());
        buffer(out, data);
        int(out, -1);
    });
}

pub(crate) fn get_data(out: &mut Vec<u8>, xid: i32, path: &str) {
    frame(out, |out| {
        header(out, xid, GET_DATA);
        buffer(out, path.as_bytes());
        out.push(0);
    });
}

/// Appends a sign of life; it has a number of its own.
pub(crate) fn ping(out: &mut Vec<u8>) {
    frame(out, |out| header(out, -2, PING));
}

/// What an answer begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) xid: i32,
    pub(crate) error: i32,
}

/// Splits the first whole frame off, if there is one.
pub(crate) fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// Reads an answer's header: xid, zxid, error.
pub(crate) fn reply(frame: &[u8]) -> Option<Reply> {
    let (xid, rest) = frame.split_first_chunk::<4>()?;
    let (error, _) = rest.get(8..)?.split_first_chunk::<4>()?;
    Some(Reply { xid: i32::from_be_bytes(*xid), error: i32::from_be_bytes(*error) })
}

fn frame(out: &mut Vec<u8>, record: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    int(out, 0);
    record(out);
    let length = u32::try_from(out.len() - start - 4).expect("a request is small");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

fn header(out: &mut Vec<u8>, xid: i32, operation: i32) {
    int(out, xid);
    int(out, operation);
}

fn int(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn long(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn buffer(out: &mut Vec<u8>, bytes: &[u8]) {
    int(out, i32::try_from(bytes.len()).expect("a request is small"));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_framed_and_a_reply_read() {
        let mut out = Vec::new();
        get_data(&mut out, 7, "/a");
        let (frame, rest) = split_frame(&out).expect("is whole");
        assert_eq!(frame, [0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0, 2, b'/', b'a', 0]);
        assert!(rest.is_empty() && split_frame(&out[..out.len() - 1]).is_none());

        let answer = [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0x9b, 1, 2];
        assert_eq!(reply(&answer), Some(Reply { xid: 7, error: -101 }));
        assert_eq!(reply(&answer[..15]), None);
    }
}
