//! The program at the other end of a connection on this machine, which Linux tells: a learner
//! finds `worker.py` in the picture instead of "client 3". Of other machines nothing is known, and
//! nor is of other users' processes, whose descriptors may not be read.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// What a program runs on, where that hints at its library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    Python,
    Java,
    Node,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// What it is called; of a script, its file's name.
    pub(super) name: String,
    pub(super) runtime: Option<Runtime>,
}

/// Looks the program up that holds the connection from `peer` to `ours`. Reads some files of
/// `/proc`, so not where anything waits.
pub(super) fn at(peer: SocketAddr, ours: SocketAddr) -> Option<Program> {
    if !peer.ip().is_loopback() {
        return None;
    }
    let link = format!("socket:[{}]", inode(peer, ours)?);
    let process = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path()).find(|path| {
        let is_process = path.file_name().is_some_and(|name| {
            name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        });
        is_process && holds(path, &link)
    })?;
    let program = fs::read_link(process.join("exe")).ok()?;
    let program = program.file_name()?.to_str()?.trim_end_matches(" (deleted)");
    let called = fs::read_to_string(process.join("comm")).unwrap_or_default();
    let called: String = called.chars().filter(|c| !c.is_control()).collect();
    // Node calls its first thread so.
    let name = if called.is_empty() || called == "MainThread" { program.into() } else { called };
    Some(Program { name, runtime: runtime(program) })
}

fn runtime(program: &str) -> Option<Runtime> {
    match program {
        "java" => Some(Runtime::Java),
        "node" | "nodejs" => Some(Runtime::Node),
        _ if program.starts_with("python") || program.starts_with("pypy") => Some(Runtime::Python),
        _ => None,
    }
}

fn holds(process: &Path, link: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors
        .flatten()
        .any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == link))
}

/// The peer's socket, as the kernel's tables number it. A program that speaks IPv6 and IPv4 by one
/// socket (Java does) stands in the table of IPv6.
fn inode(peer: SocketAddr, ours: SocketAddr) -> Option<String> {
    let tables = [("/proc/net/tcp", false), ("/proc/net/tcp6", true)];
    tables.into_iter().find_map(|(table, mapped)| {
        let (local, remote) = (in_table(peer, mapped)?, in_table(ours, mapped)?);
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let there = fields.next() == Some(&*local) && fields.next() == Some(&*remote);
            // State, queues, timer, retransmissions, user and time-out stand between.
            there.then(|| fields.nth(6).map(str::to_owned)).flatten()
        })
    })
}

/// An address as the tables write it: words of four bytes in the machine's order.
fn in_table(address: SocketAddr, mapped: bool) -> Option<String> {
    let bytes: Vec<u8> = match (address.ip(), mapped) {
        (IpAddr::V4(ip), false) => ip.octets().into(),
        (IpAddr::V4(ip), true) => ip.to_ipv6_mapped().octets().into(),
        (IpAddr::V6(ip), true) => ip.octets().into(),
        (IpAddr::V6(_), false) => return None,
    };
    let words = bytes.chunks_exact(4).map(|word| {
        let word = word.try_into().map(u32::from_ne_bytes).unwrap_or_default();
        format!("{word:08X}")
    });
    Some(format!("{}:{:04X}", words.collect::<String>(), address.port()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn this_very_program_is_found() {
        for loopback in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(loopback) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (_server, peer) = listener.accept().unwrap();
            let found = at(peer, client.peer_addr().unwrap()).expect("it is in the table");
            let comm = fs::read_to_string("/proc/self/comm").unwrap();
            assert_eq!((found.name.as_str(), found.runtime), (comm.trim(), None));
        }
        let nobody = "127.0.0.1:1".parse().unwrap();
        assert_eq!(at(nobody, nobody), None);
        let elsewhere = "192.0.2.1:4000".parse().unwrap();
        assert_eq!(at(elsewhere, nobody), None);
    }

    #[test]
    fn what_programs_run_on() {
        assert_eq!(runtime("python3.11"), Some(Runtime::Python));
        assert_eq!(runtime("java"), Some(Runtime::Java));
        assert_eq!(runtime("javac"), None);
    }
}
