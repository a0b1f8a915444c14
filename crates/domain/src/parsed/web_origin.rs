//! A website, as a browser names it when it asks whether the site may show one of our pages in a frame.

use std::fmt;

use crate::parsed::TextError;

/// Scheme, host and, where it is not the usual one, the port: `https://example.jp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// The longest host name (RFC 1035 §2.3.4), with scheme and port.
    const BYTES_MAX: usize = 253 + "https://".len() + ":65535".len();
    /// Bytes of one part of a host name.
    const LABEL_BYTES_MAX: usize = 63;
    /// A site that somebody builds on the own machine is reached without TLS.
    const OWN_MACHINE: [&str; 2] = ["localhost", "127.0.0.1"];

    /// Reads an address that was typed or pasted; what comes after the host does not count.
    ///
    /// # Errors
    /// When it is empty, too long, no address of a website, or one that is reached without TLS.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let (scheme, rest) = text.split_once("://").ok_or(TextError::Malformed)?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let host = host.to_ascii_lowercase();
        let is_own = Self::OWN_MACHINE.contains(&host.as_str());
        let usual_port = match scheme.as_str() {
            "https" => 443,
            "http" if is_own => 80,
            _ => return Err(TextError::Malformed),
        };
        if !is_own && !is_host_name(&host) {
            return Err(TextError::Malformed);
        }
        let port = port.map(read_port).transpose()?.filter(|port| *port != usual_port);
        let origin = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        if origin.len() > Self::BYTES_MAX {
            return Err(TextError::TooLong { max: Self::BYTES_MAX });
        }
        Ok(Self(origin))
    }

    /// The text; it holds nothing that could end a header's word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two labels at least; one that ends in digits alone would be an address of a machine.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=WebOrigin::LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(is_label)
        && top.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn read_port(text: &str) -> Result<u16, TextError> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let port = text.parse().ok().filter(|port| is_plain && *port != 0);
    port.ok_or(TextError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, TextError> {
        WebOrigin::parse(text).map(|it| it.to_string())
    }

    #[test]
    fn a_pasted_address_becomes_its_site() {
        for (text, origin) in [
            ("https://example.jp", "https://example.jp"),
            (" HTTPS://WWW.Example.JP/events/?a=b#c ", "https://www.example.jp"),
            ("https://example.jp:443/", "https://example.jp"),
            ("https://example.jp:8443", "https://example.jp:8443"),
            ("https://xn--wgv71a119e.jp", "https://xn--wgv71a119e.jp"),
            ("http://localhost:8080/x", "http://localhost:8080"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(origin), "{text}");
        }
    }

    #[test]
    fn what_is_no_site_of_its_own_is_refused() {
        assert_eq!(read(" "), Err(TextError::Empty));
        for text in [
            "example.jp",
            "http://example.jp",
            "ftp://example.jp",
            "https://",
            "https://jp",
            "https://*.example.jp",
            "https://*",
            "https://a:b@example.jp",
            "https://example.jp@evil.example",
            "https://example..jp",
            "https://-example.jp",
            "https://example.jp.",
            "https://日本語.jp",
            "https://203.0.113.7",
            "https://[::1]",
            "https://example.jp:0",
            "https://example.jp:+1",
            "https://example.jp:99999",
            "https://example.jp: 1",
            "https://example.jp\u{200B}",
            "https://example.jp'",
            "javascript://example.jp",
        ] {
            assert_eq!(read(text), Err(TextError::Malformed), "{text}");
        }
        let long = format!("https://{}jp", "a1.".repeat(100));
        assert!(matches!(read(&long), Err(TextError::TooLong { .. })), "{long}");
    }

    proptest! {
        /// Whatever is read can stand in a header between others, and is read the same again.
        #[test]
        fn what_is_read_is_one_word_of_a_header(text in "(https?://)?[ -~]{0,40}(\\.[a-z]{2,4})?[;, '/:@]?[ -~]{0,6}") {
            if let Ok(origin) = WebOrigin::parse(&text) {
                let word = origin.as_str();
                prop_assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b":/.-".contains(&b)));
                prop_assert_eq!(WebOrigin::parse(word), Ok(origin.clone()));
            }
        }
    }
}
