//! Jute, the encoding of everything ZooKeeper sends and stores: big-endian numbers, and strings,
//! buffers and vectors after a four-byte count whose −1 means null.

use super::DecodeError;
use bytes::{BufMut, Bytes, BytesMut};
use std::sync::Arc;

/// The shortest element any vector of the protocol has: a count of 0.
const SHORTEST_ELEMENT: usize = 4;

/// Reads records from bytes; total, and never allocates for a length it has not seen the bytes of.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Any byte but 0 is true, as for Java's `DataInput`.
    pub(super) fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.array::<1>()? != [0])
    }

    pub(super) fn i32(&mut self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// A buffer, borrowed.
    pub(super) fn slice(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length =
                    usize::try_from(length).map_err(|_| DecodeError::NegativeLength { length })?;
                self.take(length).map(Some)
            }
        }
    }

    /// A buffer of its own: a payload must not keep alive the larger buffer it came in.
    pub(super) fn buffer(&mut self) -> Result<Option<Bytes>, DecodeError> {
        Ok(self.slice()?.map(Bytes::copy_from_slice))
    }

    /// A string; what is not UTF-8 is replaced, as Java does.
    pub(super) fn string(&mut self) -> Result<Option<Arc<str>>, DecodeError> {
        Ok(self.slice()?.map(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(bytes).as_ref().into(),
        }))
    }

    /// A string that must be there.
    pub(super) fn text(&mut self) -> Result<Arc<str>, DecodeError> {
        self.string()?.ok_or(DecodeError::Null)
    }

    /// A vector; null is empty, and so is a negative count, as for Java's `Index`.
    pub(super) fn vector<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = usize::try_from(self.i32()?).unwrap_or(0);
        if count > self.rest.len() / SHORTEST_ELEMENT {
            return Err(DecodeError::Truncated);
        }
        (0..count).map(|_| element(self)).collect()
    }
}

/// Where records are written to: a buffer, or a mere count of its bytes, so that the size of a
/// message and its bytes come from the same lines.
pub(super) trait Sink {
    /// Appends bytes.
    fn put(&mut self, bytes: &[u8]);

    /// Appends what `content` writes, after its length.
    fn counted(&mut self, content: impl FnOnce(&mut Self));

    fn bool(&mut self, value: bool) {
        self.put(&[u8::from(value)]);
    }

    fn i32(&mut self, value: i32) {
        self.put(&value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.put(&value.to_be_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    /// A count of elements or bytes; all that is sent has been bounded by a frame before.
    fn count(&mut self, count: usize) {
        self.i32(i32::try_from(count).expect("nothing here has 2 GiB"));
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.put(bytes);
    }

    fn buffer(&mut self, bytes: Option<&Bytes>) {
        match bytes {
            Some(bytes) => self.slice(bytes),
            None => self.i32(-1),
        }
    }

    fn string(&mut self, text: &str) {
        self.slice(text.as_bytes());
    }

    fn vector<T>(&mut self, elements: &[T], mut element: impl FnMut(&mut Self, &T)) {
        self.count(elements.len());
        for each in elements {
            element(self, each);
        }
    }
}

impl Sink for BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.put_slice(bytes);
    }

    fn counted(&mut self, content: impl FnOnce(&mut Self)) {
        let at = self.len();
        self.i32(0);
        content(self);
        let length = i32::try_from(self.len() - at - 4).expect("nothing here has 2 GiB");
        self[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// Counts what would be written.
#[derive(Default)]
pub(super) struct Size(pub(super) u64);

impl Sink for Size {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }

    fn counted(&mut self, content: impl FnOnce(&mut Self)) {
        self.0 += 4;
        content(self);
    }
}
