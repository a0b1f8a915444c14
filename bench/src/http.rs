//! A small HTTP/1.1 client that keeps its connection: it shares the processors with what it measures.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const END_OF_LINE: &[u8] = b"\r\n";

/// One connection, for one request after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has arrived and was not read yet.
    arrived: Vec<u8>,
}

/// What came back; the body as it was on the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) encoding: String,
    pub(crate) body: Vec<u8>,
}

/// The parts of an answer's head that matter here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Head {
    status: u16,
    encoding: String,
    /// Absent when the body comes in chunks.
    length: Option<usize>,
}

/// Writes a request with a JSON body, or without a body.
pub(crate) fn request(
    method: &str,
    host: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        text.push_str(&format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        ));
    }
    text.push_str("\r\n");
    text.push_str(&body);
    text.into_bytes()
}

/// The part of an address such as `http://127.0.0.1:3000` that is connected to.
pub(crate) fn host_of(url: &str) -> Result<&str> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is not plain HTTP"))?;
    Ok(rest.split('/').next().unwrap_or_default())
}

impl Connection {
    pub(crate) async fn open(host: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(host).await.with_context(|| format!("connecting to {host}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, arrived: Vec::new() })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        tokio::time::timeout(ANSWERED_WITHIN, self.exchange_patiently(request))
            .await
            .context("no answer came")?
    }

    async fn exchange_patiently(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let head = self.read_until(END_OF_HEAD).await?;
        let Head { status, encoding, length } = Head::parse(&String::from_utf8_lossy(&head))?;
        let body = match length {
            Some(length) => self.read(length).await?,
            None => self.read_chunks().await?,
        };
        Ok(Answer { status, encoding, body })
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_until(END_OF_LINE).await?;
            let line = String::from_utf8_lossy(&line);
            let digits = line.trim().split(';').next().unwrap_or_default();
            let length = usize::from_str_radix(digits, 16).context("reading a chunk's length")?;
            body.extend(self.read(length).await?);
            ensure!(self.read(2).await? == END_OF_LINE, "a chunk does not end where it should");
            if length == 0 {
                return Ok(body);
            }
        }
    }

    async fn read_until(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        let mut searched: usize = 0;
        loop {
            let rest = self.arrived.get(searched..).unwrap_or_default();
            if let Some(at) = rest.windows(end.len()).position(|it| it == end) {
                let length = searched.saturating_add(at).saturating_add(end.len());
                return self.read(length).await;
            }
            searched = self.arrived.len().saturating_sub(end.len());
            self.receive().await?;
        }
    }

    async fn read(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.arrived.len() < length {
            self.receive().await?;
        }
        let rest = self.arrived.split_off(length);
        Ok(std::mem::replace(&mut self.arrived, rest))
    }

    async fn receive(&mut self) -> Result<()> {
        ensure!(self.arrived.len() < ANSWER_BYTES_MAX, "the answer is too long");
        self.arrived.reserve(32 * 1024);
        if self.stream.read_buf(&mut self.arrived).await? == 0 {
            bail!("the connection was closed");
        }
        Ok(())
    }
}

impl Head {
    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|it| it.split(' ').nth(1));
        let status = status.and_then(|it| it.parse().ok()).context("an answer without a status")?;
        let mut head = Self { status, ..Self::default() };
        let mut is_chunked = false;
        for (name, value) in lines.filter_map(|it| it.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.parse().context("reading a content-length")?);
            } else if name.eq_ignore_ascii_case("content-encoding") {
                value.clone_into(&mut head.encoding);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = value.eq_ignore_ascii_case("chunked");
            }
        }
        ensure!(is_chunked != head.length.is_some(), "an answer of unknown length: {text}");
        Ok(head)
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; refuses with the body's own words when the status is an error.
    pub(crate) fn json(&self) -> Result<Value> {
        ensure!(self.is_success(), "answered {}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).context("reading an answer as JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let head =
            Head::parse("HTTP/1.1 200 OK\r\nContent-Length: 12\r\ncontent-encoding: br\r\n\r\n");
        let wanted = Head { status: 200, encoding: "br".to_owned(), length: Some(12) };
        assert_eq!(head.unwrap(), wanted);
        assert_eq!(
            Head::parse("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n")
                .unwrap()
                .length,
            None
        );
        assert!(Head::parse("HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn requests_end_their_head() {
        let text = request("GET", "a:1", "/", &[("accept", "*/*")], None);
        assert_eq!(text, b"GET / HTTP/1.1\r\nhost: a:1\r\naccept: */*\r\n\r\n");
        assert_eq!(host_of("http://127.0.0.1:3000/sandbox").unwrap(), "127.0.0.1:3000");
    }
}
