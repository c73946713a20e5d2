//! The log goes to stderr by way of a thread of its own. Whoever reads our stderr may be slow, and
//! what a client does is logged, so a full pipe must not hold up anything else: what does not fit
//! is left out, and the log says how much.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How many lines may wait.
const LINES: usize = 1024;
/// How long the end of the program waits for the last ones.
const FAREWELL: Duration = Duration::from_millis(200);

/// Keeps the log going; when dropped, the last lines are written.
pub(crate) struct Log {
    lines: SyncSender<Line>,
}

enum Line {
    Text(Vec<u8>),
    /// All before it was written.
    Flush(SyncSender<()>),
}

/// Begins to log; `RELEVO_LOG` chooses what.
pub(crate) fn begin() -> io::Result<Log> {
    let lines = spawn(io::stderr())?;
    let filter = EnvFilter::try_from_env("RELEVO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call (tests in one process) changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(lines.clone())
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    Ok(Log { lines: lines.lines })
}

impl Drop for Log {
    fn drop(&mut self) {
        let (written, wait) = sync_channel(1);
        if self.lines.try_send(Line::Flush(written)).is_ok() {
            // Whoever does not read by then does not want the rest.
            let _ = wait.recv_timeout(FAREWELL);
        }
    }
}

/// Where lines are handed in.
#[derive(Clone)]
struct Lines {
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

fn spawn(mut out: impl Write + Send + 'static) -> io::Result<Lines> {
    let (lines, waiting) = sync_channel(LINES);
    let left_out = Arc::new(AtomicU64::new(0));
    let missing = Arc::clone(&left_out);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write(&waiting, &missing, &mut out))?;
    Ok(Lines { lines, left_out })
}

fn write(waiting: &Receiver<Line>, left_out: &AtomicU64, out: &mut impl Write) {
    while let Ok(line) = waiting.recv() {
        let missing = left_out.swap(0, Ordering::Relaxed);
        let written = match line {
            Line::Text(text) => out.write_all(&text),
            Line::Flush(written) => written.send(()).map_err(io::Error::other),
        };
        let told = match missing {
            0 => Ok(()),
            _ => writeln!(out, "{missing} lines of the log were left out: nobody read them"),
        };
        if written.and(told).is_err() {
            // Nobody reads the log any more.
            return;
        }
    }
}

impl Write for Lines {
    /// The subscriber writes a line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Line::Text(line.to_vec())).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A reader that takes nothing until it is let.
    struct Slow {
        /// Told when something is offered.
        offered: SyncSender<()>,
        /// Once the other end is gone, everything is taken.
        held: Receiver<()>,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.offered.try_send(());
            let _ = self.held.recv();
            self.taken.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_takes_nothing_holds_nobody_up() {
        let (let_go, held) = sync_channel(0);
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (offered, reached) = sync_channel(1);
        let mut lines = spawn(Slow { offered, held, taken: Arc::clone(&taken) }).unwrap();
        lines.write_all(b"line 0\n").unwrap();
        // From here on the log's thread is held up, and has counted nothing as missing.
        reached.recv().unwrap();
        for number in 1..=3 * LINES {
            let line = format!("line {number}\n");
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(lines.left_out.load(Ordering::Relaxed), 2 * LINES as u64);
        drop(let_go);
        let (written, wait) = sync_channel(1);
        // There is room as soon as a line was taken.
        lines.lines.send(Line::Flush(written)).unwrap();
        wait.recv().unwrap();
        let text = String::from_utf8(taken.lock().unwrap().clone()).unwrap();
        assert!(text.starts_with("line 0\n") && text.contains("lines of the log were left out"));
    }
}
