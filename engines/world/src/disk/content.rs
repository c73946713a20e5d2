use bytes::{Bytes, BytesMut};
use imbl::Vector;
use std::sync::Arc;

/// Sealed chunks have exactly this length.
pub(crate) const CHUNK: usize = 64 * 1024;

/// The bytes of a file. Sealed chunks and the tail are shared between clones, so a clone costs
/// next to nothing; the tail is copied when either side writes again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    sealed: Vector<Bytes>,
    tail: Arc<Vec<u8>>,
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        (self.sealed.len() * CHUNK + self.tail.len()) as u64
    }

    /// Writes at the end. Copying keeps small payloads from pinning the buffers they came in.
    pub(crate) fn append(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let tail = Arc::make_mut(&mut self.tail);
            let (now, later) = data.split_at(data.len().min(CHUNK - tail.len()));
            tail.extend_from_slice(now);
            data = later;
            if tail.len() == CHUNK {
                self.sealed.push_back(std::mem::take(tail).into());
            }
        }
    }

    /// Cuts to `length`, or fills up with zeros.
    pub(crate) fn resize(&mut self, length: u64) {
        while length > self.len() {
            let missing = (length - self.len()).min(CHUNK as u64);
            self.append(&vec![0; missing as usize]);
        }
        let chunks = (length / CHUNK as u64) as usize;
        let rest = (length % CHUNK as u64) as usize;
        if chunks < self.sealed.len() {
            self.tail = Arc::new(self.sealed[chunks][..rest].to_vec());
            self.sealed.truncate(chunks);
        } else if rest < self.tail.len() {
            Arc::make_mut(&mut self.tail).truncate(rest);
        }
    }

    /// At most `length` bytes from `offset`.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Bytes {
        let start = offset.min(self.len());
        let end = start.saturating_add(length).min(self.len());
        let (mut at, end) = (start as usize, end as usize);
        let in_one = at / CHUNK == end.saturating_sub(1).max(at) / CHUNK;
        if in_one && let Some(chunk) = self.sealed.get(at / CHUNK) {
            return chunk.slice(at % CHUNK..at % CHUNK + (end - at));
        }
        let mut read = BytesMut::with_capacity(end - at);
        while at < end {
            let chunk: &[u8] = self.sealed.get(at / CHUNK).map_or(&self.tail, |chunk| chunk);
            let from = at % CHUNK;
            let now = (chunk.len() - from).min(end - at);
            read.extend_from_slice(&chunk[from..from + now]);
            at += now;
        }
        read.freeze()
    }
}

impl From<&[u8]> for Content {
    fn from(data: &[u8]) -> Self {
        let mut content = Content::default();
        content.append(data);
        content
    }
}
