//! What a browser calls itself, read as far as a person cares: which browser, on what.
//!
//! It is what the browser says and proves nothing; it helps people to know their own devices again.

crate::words! {
    /// A browser.
    BrowserKind {
        Edge = "Edge",
        Opera = "Opera",
        Samsung = "Samsung Internet",
        Yahoo = "Yahoo! Japan",
        Line = "LINE",
        Firefox = "Firefox",
        Chrome = "Chrome",
        Safari = "Safari",
    }
}

crate::words! {
    /// What it runs on.
    SystemKind {
        IPhone = "iPhone",
        IPad = "iPad",
        Android = "Android",
        ChromeOs = "ChromeOS",
        Windows = "Windows",
        Mac = "Mac",
        Linux = "Linux",
    }
}

/// A browser on something; `None` where nobody can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub browser: Option<BrowserKind>,
    pub system: Option<SystemKind>,
}

/// The first mark that fits wins: later browsers carry the marks of earlier ones.
const BROWSERS: [(&str, BrowserKind); 13] = [
    ("Line/", BrowserKind::Line),
    ("YJApp", BrowserKind::Yahoo),
    ("EdgA/", BrowserKind::Edge),
    ("EdgiOS/", BrowserKind::Edge),
    ("Edg/", BrowserKind::Edge),
    ("OPR/", BrowserKind::Opera),
    ("SamsungBrowser/", BrowserKind::Samsung),
    ("FxiOS/", BrowserKind::Firefox),
    ("Firefox/", BrowserKind::Firefox),
    ("CriOS/", BrowserKind::Chrome),
    ("HeadlessChrome/", BrowserKind::Chrome),
    ("Chrome/", BrowserKind::Chrome),
    ("Safari/", BrowserKind::Safari),
];
const SYSTEMS: [(&str, SystemKind); 7] = [
    ("iPhone", SystemKind::IPhone),
    ("iPad", SystemKind::IPad),
    ("Android", SystemKind::Android),
    ("CrOS", SystemKind::ChromeOs),
    ("Windows", SystemKind::Windows),
    ("Macintosh", SystemKind::Mac),
    ("Linux", SystemKind::Linux),
];

impl Device {
    /// Reads a `User-Agent`.
    pub fn read(user_agent: &str) -> Self {
        let browser = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark));
        let system = SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark));
        Self { browser: browser.map(|it| it.1), system: system.map(|it| it.1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_of_the_day_are_known() {
        let read = |text: &str| {
            let device = Device::read(text);
            format!(
                "{} {}",
                device.browser.map_or("?", BrowserKind::as_str),
                device.system.map_or("?", SystemKind::as_str)
            )
        };
        for (text, wanted) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.3.1",
                "LINE iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox Mac",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome ChromeOS",
            ),
            ("curl/8.5.0", "? ?"),
            ("", "? ?"),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }
}
