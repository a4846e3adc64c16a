//! As much of an HTTP/1.1 client as talking to a server on this machine takes: one request a connection, everything read into
//! memory. The load generator of the benchmark shares the reading of heads.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Context, Outcome};

const TIME_LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; anything but a 200, a 201 or a 202 is a failure that shows it.
    pub(crate) fn json(&self) -> Outcome<Value> {
        if !matches!(self.status, 200..=202) {
            let text = String::from_utf8_lossy(&self.body);
            return Err(format!("status {}: {}", self.status, text.trim()));
        }
        serde_json::from_slice(&self.body).context("body")
    }
}

pub(crate) type Header<'a> = (&'a str, &'a str);

pub(crate) fn get(address: &str, path: &str, headers: &[Header<'_>]) -> Outcome<Answer> {
    exchange(address, &request("GET", address, path, headers, b""))
}

pub(crate) fn post_json(address: &str, path: &str, headers: &[Header<'_>], body: &Value) -> Outcome<Answer> {
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/json"));
    exchange(address, &request("POST", address, path, &headers, body.to_string().as_bytes()))
}

fn request(method: &str, address: &str, path: &str, headers: &[Header<'_>], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn exchange(address: &str, request: &[u8]) -> Outcome<Answer> {
    let mut stream = TcpStream::connect(address).context(address)?;
    stream.set_read_timeout(Some(TIME_LIMIT)).context(address)?;
    stream.write_all(request).context(address)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).context(address)?;
    let head = Head::parse(&bytes)?.ok_or("the answer has no end of its head")?;
    let rest = bytes.get(head.length..).unwrap_or_default();
    let body = match head.body {
        BodyLength::Chunked => unchunk(rest)?,
        BodyLength::Known(length) if rest.len() < length => {
            return Err(format!("{} of {length} bytes of the body came", rest.len()));
        }
        BodyLength::Known(length) => rest.get(..length).unwrap_or_default().to_vec(),
        BodyLength::UntilClose => rest.to_vec(),
    };
    Ok(Answer { status: head.status, head, body })
}

/// Where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLength {
    Known(usize),
    Chunked,
    UntilClose,
}

/// Status line and headers of an answer.
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Bytes up to the body
    pub(crate) length: usize,
    pub(crate) body: BodyLength,
    headers: Vec<(String, String)>,
}

impl Head {
    /// `None` while its end has not come.
    pub(crate) fn parse(bytes: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
        let mut lines = text.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| format!("not a status line: {status_line}"))?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut head = Self { status, length: end + 4, body: BodyLength::UntilClose, headers };
        if head.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            head.body = BodyLength::Chunked;
        } else if let Some(length) = head.header("content-length") {
            head.body = BodyLength::Known(length.parse().context("content-length")?);
        }
        Ok(Some(head))
    }

    /// By its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn unchunk(mut rest: &[u8]) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").ok_or("a chunk without a size")?;
        let size = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).context("size of a chunk")?;
        rest = rest.get(end + 2..).unwrap_or_default();
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(..size).ok_or("a chunk that is cut short")?);
        rest = rest.get(size + 2..).ok_or("a chunk that is cut short")?;
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyLength, Head, unchunk};

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\nhello";
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.status, head.body, head.length), (200, BodyLength::Known(5), answer.len() - 5));
        assert_eq!(head.header("etag"), Some("\"a\""));
        assert!(Head::parse(&answer[..20]).unwrap().is_none());
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unchunk(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap(), b"abcde");
        assert!(unchunk(b"9\r\nabc").is_err());
    }
}
