//! The transaction log: a header, then entries of a checksum, a length, a transaction and the
//! letter B. ZooKeeper fills a file with zeros ahead of what it writes; zeros are the end.
//!
//! Whoever died while writing leaves a torn tail: an entry that is incomplete or does not match
//! its checksum. It was never acknowledged and is cut off. A bad entry with a whole one after it is
//! something else: what was acknowledged has been damaged, and no server may go on as if it had
//! never been written.

use super::DecodeError;
use super::jute::{Reader as Jute, Sink};
use super::txn::{put_txn, txn};
use crate::Txn;
use bytes::{Bytes, BytesMut};

/// The first eight bytes of a log: `ZKLG` and the version of its format. (The number of a data
/// base, always 0, follows.)
const MAGIC: [u8; 8] = *b"ZKLG\0\0\0\x02";
const FILE_HEADER: usize = 16;
/// Checksum and length.
const ENTRY_HEADER: usize = 12;
/// The shortest transaction is a header without a body.
const TXN_HEADER: usize = 32;
/// The longest transaction a log may hold.
const ENTRY_LIMIT: usize = 64 << 20;
/// How far behind a bad entry a whole one is looked for: twice what one request can make.
const SEARCHED: usize = 4 << 20;
const END_OF_ENTRY: u8 = b'B';
/// What an entry has around its transaction: checksum, length and the byte at its end.
pub(crate) const FRAME: u64 = ENTRY_HEADER as u64 + 1;

/// Why a log could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The last entry was never written whole: cut the file here and go on. At 0 not even the
    /// header was: delete the file.
    #[error("the log's last entry, at byte {at}, was not written whole")]
    Torn {
        /// Where the entry begins.
        at: u64,
    },
    /// An entry is damaged although others follow it.
    #[error(
        "the log is damaged at byte {at}: an entry does not match its checksum though whole ones \
         follow. Acknowledged transactions may be lost; bring the file back from a copy, or move \
         this server's data aside and let it fetch a snapshot from the leader"
    )]
    Corrupt {
        /// Where the entry begins.
        at: u64,
    },
    /// The file is no transaction log.
    #[error("this is no transaction log of version 2: it begins otherwise")]
    NotALog,
    /// An entry is whole, and yet no transaction we know.
    #[error(
        "the log's entry at byte {at} cannot be understood ({error}): was it written by a newer version?"
    )]
    Unknown {
        /// Where the entry begins.
        at: u64,
        /// What is wrong with it.
        error: DecodeError,
    },
}

/// What every log file begins with.
pub fn header() -> Bytes {
    const HEADER: [u8; FILE_HEADER] = *b"ZKLG\0\0\0\x02\0\0\0\0\0\0\0\0";
    Bytes::from_static(&HEADER)
}

/// Writes an entry.
pub fn encode(txn: &Txn, out: &mut BytesMut) {
    let at = out.len();
    out.u64(0);
    out.counted(|out| put_txn(out, txn));
    let checksum = u64::from(adler2::adler32_slice(&out[at + ENTRY_HEADER..]));
    out[at..at + 8].copy_from_slice(&checksum.to_be_bytes());
    out.put(&[END_OF_ENTRY]);
}

/// Reads a log piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    pending: BytesMut,
    /// The position in the file of the first pending byte.
    at: u64,
    began: bool,
    /// Set once an entry is bad or missing: what follows is only searched.
    ended: bool,
    /// Whether something else than zeros stands there.
    bad: bool,
}

impl Reader {
    /// For a file from its beginning.
    pub fn new() -> Self {
        Reader::default()
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, bytes: Bytes) {
        if self.ended {
            self.keep_for_search(&bytes);
        } else {
            self.pending.extend_from_slice(&bytes);
        }
    }

    /// The next transaction; none where more of the file is needed or nothing follows.
    #[expect(clippy::should_implement_trait, reason = "none does not mean that it has ended")]
    pub fn next(&mut self) -> Result<Option<Txn>, LogError> {
        if self.ended || !self.begin()? {
            return Ok(None);
        }
        match entry(&self.pending) {
            Entry::Incomplete => Ok(None),
            Entry::Whole { content, length } => {
                let at = self.at;
                let txn = txn(content).map_err(|error| LogError::Unknown { at, error })?;
                self.skip(length);
                Ok(Some(txn))
            }
            Entry::Zeros | Entry::Bad => {
                self.end();
                Ok(None)
            }
        }
    }

    /// Where the last whole entry ends: the place for the next one.
    pub fn end_of_entries(&self) -> u64 {
        self.at
    }

    /// Says, after all of the file was pushed and read, how it ended: where its entries end, or
    /// what is wrong behind them.
    pub fn finish(mut self) -> Result<u64, LogError> {
        let at = self.at;
        if !self.began {
            return Err(if is_torn_header(&self.pending) {
                LogError::Torn { at: 0 }
            } else {
                LogError::NotALog
            });
        }
        if !self.ended && !self.pending.is_empty() {
            self.end();
        }
        match self.bad {
            false => Ok(at),
            true if holds_entry(&self.pending) => Err(LogError::Corrupt { at }),
            true => Err(LogError::Torn { at }),
        }
    }

    fn begin(&mut self) -> Result<bool, LogError> {
        if !self.began && self.pending.len() >= FILE_HEADER {
            if self.pending[..8] != MAGIC {
                return if is_torn_header(&self.pending) {
                    Ok(false)
                } else {
                    Err(LogError::NotALog)
                };
            }
            self.began = true;
            self.skip(FILE_HEADER);
        }
        Ok(self.began)
    }

    fn skip(&mut self, length: usize) {
        let _ = self.pending.split_to(length);
        self.at += length as u64;
    }

    fn end(&mut self) {
        self.ended = true;
        let rest = self.pending.split();
        self.keep_for_search(&rest);
    }

    /// Keeps what stands behind the last whole entry, but for leading zeros that cannot belong to
    /// the head of another.
    fn keep_for_search(&mut self, bytes: &[u8]) {
        let mut from = 0;
        if !self.bad {
            let Some(first) = bytes.iter().position(|byte| *byte != 0) else { return };
            self.bad = true;
            self.pending.extend_from_slice(&[0; ENTRY_HEADER][first.min(ENTRY_HEADER)..]);
            from = first.saturating_sub(ENTRY_HEADER);
        }
        let room = SEARCHED.saturating_sub(self.pending.len());
        self.pending.extend_from_slice(&bytes[from..(from + room).min(bytes.len())]);
    }
}

/// Whether a file ends within its header: as much of it as was written, then nothing or zeros.
fn is_torn_header(bytes: &[u8]) -> bool {
    let written = bytes.iter().zip(MAGIC).take_while(|(byte, magic)| **byte == *magic).count();
    bytes[written..].iter().all(|byte| *byte == 0) || written == MAGIC.len()
}

/// What stands at a place in a log.
enum Entry<'a> {
    Whole { content: &'a [u8], length: usize },
    Incomplete,
    Zeros,
    Bad,
}

fn entry(bytes: &[u8]) -> Entry<'_> {
    let mut input = Jute::new(bytes);
    let (Ok(checksum), Ok(length)) = (input.u64(), input.i32()) else { return Entry::Incomplete };
    if checksum == 0 && length == 0 {
        return Entry::Zeros;
    }
    let Some(length) =
        usize::try_from(length).ok().filter(|n| (TXN_HEADER..=ENTRY_LIMIT).contains(n))
    else {
        return Entry::Bad;
    };
    let (Ok(content), Ok(end)) = (input.take(length), input.take(1)) else {
        return Entry::Incomplete;
    };
    let whole = end == [END_OF_ENTRY] && u64::from(adler2::adler32_slice(content)) == checksum;
    if whole { Entry::Whole { content, length: ENTRY_HEADER + length + 1 } } else { Entry::Bad }
}

/// Whether a whole entry begins anywhere in these bytes. The upper half of a checksum is always 0,
/// which leaves few places to look at.
fn holds_entry(bytes: &[u8]) -> bool {
    (0..bytes.len().saturating_sub(ENTRY_HEADER + TXN_HEADER))
        .filter(|at| bytes[*at..].starts_with(&[0; 4]))
        .any(|at| matches!(entry(&bytes[at..]), Entry::Whole { .. }))
}
