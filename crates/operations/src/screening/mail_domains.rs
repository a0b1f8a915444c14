//! What a mail's domain tells: thrown away after use, or shared by everybody.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The head of the list names its source and date.
const DISPOSABLE: &str = include_str!("../../data/disposable_mail_domains.txt");

static DISPOSABLE_DOMAINS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    DISPOSABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// Domains that everybody has an address of: how many come from them tells nothing. What is used in Japan most, by hand.
const SHARED: [&str; 28] = [
    "aol.com",
    "au.com",
    "biglobe.ne.jp",
    "disney.ne.jp",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "gmail.com",
    "gmx.com",
    "googlemail.com",
    "hotmail.co.jp",
    "hotmail.com",
    "i.softbank.jp",
    "icloud.com",
    "live.com",
    "live.jp",
    "mac.com",
    "me.com",
    "mineo.jp",
    "msn.com",
    "nifty.com",
    "ocn.ne.jp",
    "outlook.com",
    "outlook.jp",
    "proton.me",
    "protonmail.com",
    "rakuten.jp",
    "softbank.ne.jp",
    "so-net.ne.jp",
];
/// Families of them: every domain that ends like this.
const SHARED_FAMILIES: [&str; 4] = ["yahoo.co.jp", "yahoo.com", "ymobile.ne.jp", "uqmobile.jp"];

/// Whether addresses of this domain are thrown away after use; subdomains belong to theirs.
pub(super) fn is_disposable(domain: &str) -> bool {
    with_parents(domain).any(|it| DISPOSABLE_DOMAINS.contains(it))
}

/// Whether everybody has addresses of this domain.
pub(super) fn is_shared(domain: &str) -> bool {
    SHARED.contains(&domain) || with_parents(domain).any(|it| SHARED_FAMILIES.contains(&it))
}

/// The domain and those it belongs to, without the top.
fn with_parents(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |it| it.split_once('.').map(|(_, parent)| parent))
        .filter(|it| it.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_whole_and_holds_domains_alone() {
        assert!(DISPOSABLE_DOMAINS.len() > 8000, "{}", DISPOSABLE_DOMAINS.len());
        for domain in DISPOSABLE_DOMAINS.iter() {
            let is_clean = domain.contains('.')
                && domain.bytes().all(|it| {
                    it.is_ascii_lowercase() || it.is_ascii_digit() || b".-".contains(&it)
                });
            assert!(is_clean, "{domain}");
        }
    }

    #[test]
    fn who_is_thrown_away_and_who_is_everybodys() {
        for disposable in
            ["mailinator.com", "box.mailinator.com", "yopmail.com", "10minutemail.com"]
        {
            assert!(is_disposable(disposable), "{disposable}");
        }
        for lasting in ["gmail.com", "example.com", "docomo.ne.jp", "u-tokyo.ac.jp", "com"] {
            assert!(!is_disposable(lasting), "{lasting}");
        }
        for shared in ["gmail.com", "docomo.ne.jp", "mail.yahoo.co.jp", "yahoo.co.jp"] {
            assert!(is_shared(shared), "{shared}");
            assert!(!is_disposable(shared), "{shared}");
        }
        assert!(!is_shared("example.com"));
        assert!(SHARED.iter().all(|it| !is_disposable(it)));
    }
}
