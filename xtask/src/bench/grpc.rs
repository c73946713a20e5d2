//! A command to a lab's node by the control API: gRPC-web is a POST of one small frame, and needs
//! no library for that.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use anyhow::{Context, Result, ensure};

/// Calls `relevo.lab.v1.Lab/CALL` on a node of lab `main`.
pub(super) fn command(http: &str, call: &str, node: &str) -> Result<()> {
    let host = http.trim_start_matches("http://").trim_end_matches('/');
    let body = frame(&[(1, "main"), (2, node)]);
    let mut stream = TcpStream::connect(host).with_context(|| format!("reaching {host}"))?;
    write!(
        stream,
        "POST /relevo.lab.v1.Lab/{call} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
         Content-Type: application/grpc-web+proto\r\nX-Grpc-Web: 1\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    // The server has closed already, or will; either is the end.
    stream.shutdown(Shutdown::Both).ok();
    let answer = String::from_utf8_lossy(&answer);
    ensure!(answer.contains("grpc-status:0"), "{call} of {node} was refused: {answer}");
    Ok(())
}

/// Strings by their field numbers, in gRPC's frame: no compression, then the length.
fn frame(fields: &[(u8, &str)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (number, text) in fields {
        message.push(number << 3 | 2);
        message.push(u8::try_from(text.len()).expect("names are short"));
        message.extend_from_slice(text.as_bytes());
    }
    let length = u32::try_from(message.len()).expect("names are short");
    [&[0][..], &length.to_be_bytes(), &message].concat()
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_request_is_a_length_and_two_strings() {
        assert_eq!(frame(&[(1, "ab"), (2, "c")]), b"\0\0\0\0\x07\x0a\x02ab\x12\x01c");
    }
}
