//! Reads the mails that our own transport wrote into a folder: enough of MIME for those, and no more.

use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};

/// A mail as the development page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) date: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Mail {
    /// Reads a whole file; what cannot be read stays empty.
    pub(crate) fn read(source: &str) -> Self {
        let source = source.replace("\r\n", "\n");
        let (head, body) = source.split_once("\n\n").unwrap_or((&source, ""));
        let head = Headers::read(head);
        let mut mail = Self {
            to: head.get("to").map(words).unwrap_or_default(),
            subject: head.get("subject").map(words).unwrap_or_default(),
            date: head.get("date").unwrap_or_default().to_owned(),
            ..Self::default()
        };
        let kind = head.get("content-type").unwrap_or_default();
        match parameter(kind, "boundary") {
            Some(boundary) => {
                for part in body.split(&format!("--{boundary}")) {
                    let part = part.trim_start_matches('\n');
                    if let Some((head, body)) = part.split_once("\n\n") {
                        mail.take(&Headers::read(head), body);
                    }
                }
            }
            None => mail.take(&head, body),
        }
        mail
    }

    fn take(&mut self, head: &Headers, body: &str) {
        let encoding = head.get("content-transfer-encoding").unwrap_or_default();
        let body = match encoding.to_ascii_lowercase().as_str() {
            "base64" => {
                let compact: String = body.chars().filter(|it| !it.is_whitespace()).collect();
                BASE64_MIME_PERMISSIVE.decode(compact.as_bytes()).unwrap_or_default()
            }
            "quoted-printable" => quoted_printable(body, false),
            _ => body.as_bytes().to_vec(),
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        let kind = head.get("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            self.html = body;
        } else if kind.is_empty() || kind.starts_with("text/plain") {
            self.text = body;
        }
    }
}

/// Header lines, unfolded.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn read(head: &str) -> Self {
        let mut lines: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
                (Some(more), Some((_, value))) => {
                    value.push(' ');
                    value.push_str(more.trim());
                }
                _ => {
                    if let Some((name, value)) = line.split_once(':') {
                        lines.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                    }
                }
            }
        }
        Self(lines)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let parameters = value.split(';').filter_map(|it| it.trim().split_once('='));
    let found = parameters.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim_matches('"'))
}

/// Encoded words of RFC 2047 as text; blanks between two of them are none.
fn words(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value;
    let mut is_after_word = false;
    while let Some((before, after)) = rest.split_once("=?") {
        if !(is_after_word && before.trim().is_empty()) {
            bytes.extend_from_slice(before.as_bytes());
        }
        let mut parts = after.splitn(3, '?');
        let (_charset, kind) = (parts.next(), parts.next().unwrap_or_default());
        let tail = parts.next().unwrap_or_default();
        let Some((encoded, after_word)) = tail.split_once("?=") else {
            rest = after;
            continue;
        };
        if kind.eq_ignore_ascii_case("b") {
            bytes.extend(BASE64.decode(encoded.as_bytes()).unwrap_or_default());
        } else {
            bytes.extend(quoted_printable(encoded, true));
        }
        is_after_word = true;
        rest = after_word;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn quoted_printable(text: &str, is_word: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match (first, more) {
            (b'=', [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) => {
                let digit =
                    |it: &u8| char::from(*it).to_digit(16).and_then(|it| u8::try_from(it).ok());
                if let (Some(high), Some(low)) = (digit(high), digit(low)) {
                    bytes.push(high * 16 + low);
                    rest = after;
                } else {
                    bytes.push(b'=');
                }
            }
            (b'_', _) if is_word => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_of_two_parts_is_read() {
        let source = "From: EventPay <a@example.com>\r\nTo: guest@example.com\r\n\
             Subject: =?utf-8?b?44OB44Kx?= =?utf-8?b?44OD44OI?=\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n\
             Content-Type: multipart/alternative;\r\n boundary=\"abc\"\r\n\r\n--abc\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n44GT44KT\r\n--abc\r\n\
             Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             <p class=3D\"a\">=E3=81=93=\r\n=E3=82=93</p>\r\n--abc--\r\n";
        let mail = Mail::read(source);
        assert_eq!(mail.to, "guest@example.com");
        assert_eq!(mail.subject, "チケット");
        assert_eq!(mail.text, "こん");
        assert_eq!(mail.html.trim(), "<p class=\"a\">こん</p>");
    }

    #[test]
    fn rubbish_is_an_empty_mail() {
        assert_eq!(Mail::read("=?=??"), Mail::default());
    }
}
