//! Where a request came from, as much of it as a log may keep: a network instead of an address, a family instead of a
//! browser's whole name.

use std::net::IpAddr;

/// The network of an address: the first 24 bits of IPv4, the first 48 of IPv6. Enough to tell the office from
/// elsewhere, too little to tell one person from the neighbours (the usual shortening, as in RFC 6235 §4.1.1).
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// What stands in a `User-Agent` for each family. The first that matches counts: Edge and LINE say Chrome and Safari
/// too, and Chrome says Safari.
const PROGRAMS: [(&str, &str); 14] = [
    ("line/", "line"),
    ("edg", "edge"),
    ("opr/", "opera"),
    ("samsungbrowser", "samsung"),
    ("firefox", "firefox"),
    ("fxios", "firefox"),
    ("crios", "chrome"),
    ("chrome", "chrome"),
    ("safari", "safari"),
    ("curl", "curl"),
    ("python", "python"),
    ("node", "node"),
    ("go-http-client", "go"),
    ("java", "java"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("android", "android"),
    ("windows", "windows"),
    ("mac os", "macos"),
    ("cros", "chromeos"),
    ("linux", "linux"),
];

/// The family of a browser or program, with its system where that is known: `chrome/android`, `curl`, `other`.
pub fn browser_family(user_agent: &str) -> String {
    let text = user_agent.to_ascii_lowercase();
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| text.contains(mark)).map(|(_, family)| *family)
    };
    let program = find(&PROGRAMS).unwrap_or("other");
    match find(&SYSTEMS) {
        Some(system) => format!("{program}/{system}"),
        None => program.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_its_network() {
        let read = |text: &str| network(text.parse().unwrap());
        assert_eq!(read("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(read("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(read("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
    }

    #[test]
    fn browsers_are_told_by_family() {
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        let android = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0";
        for (text, family) in [
            (iphone, "safari/ios"),
            (android, "chrome/android"),
            (edge, "edge/windows"),
            ("Mozilla/5.0 (iPhone) AppleWebKit Safari Line/14.20.0", "line/ios"),
            ("curl/8.5.0", "curl"),
            ("", "other"),
        ] {
            assert_eq!(browser_family(text), family, "{text}");
        }
    }
}
