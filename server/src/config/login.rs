//! The login providers of the environment.

use providers::Secret;
use providers::login::LoginProviderConfig;

use super::Reader;

const NAME: &str = "EVENTPAY_LOGIN_PROVIDERS";
const WANTED: &str = "entries such as Google,https://accounts.google.com,client id,client secret, \
                      with semicolons between them and different names";

impl Reader<'_> {
    pub(super) fn login_providers(&mut self) -> Vec<LoginProviderConfig> {
        let text = self.text(NAME).unwrap_or_default();
        let entries = text.split(';').map(str::trim).filter(|it| !it.is_empty());
        let read: Option<Vec<_>> = entries.map(entry).collect();
        let read = read.filter(|all| {
            let mut slugs: Vec<&str> = all.iter().map(|it| it.slug.as_str()).collect();
            slugs.sort_unstable();
            slugs.windows(2).all(|pair| pair.first() != pair.last())
        });
        if read.is_none() {
            self.problem(NAME, WANTED);
        }
        read.unwrap_or_default()
    }
}

fn entry(text: &str) -> Option<LoginProviderConfig> {
    let mut parts = text.splitn(4, ',').map(str::trim).filter(|it| !it.is_empty());
    let (name, issuer) = (parts.next()?, parts.next()?);
    let (client_id, client_secret) = (parts.next()?, parts.next()?);
    let slug = slug(name);
    if slug.is_empty() || !is_issuer(issuer) {
        return None;
    }
    Some(LoginProviderConfig {
        slug,
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Secret::new(client_secret),
    })
}

/// Over TLS, or on this machine.
fn is_issuer(url: &str) -> bool {
    let is_local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|it| url.starts_with(it));
    url.starts_with("https://") || is_local
}

/// The name in addresses: its letters and digits, with hyphens between the words.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Problems};

    fn read(value: &str) -> Result<Config, Problems> {
        Config::read(&|name| Ok((name == super::NAME).then(|| value.to_owned())))
    }

    #[test]
    fn several_providers_are_read() {
        let text =
            "Google,https://accounts.google.com,id,se,cret; My Club,http://127.0.0.1:4000,a,b";
        let config = read(text).unwrap();
        let read: Vec<_> =
            config.login_providers.iter().map(|it| (&*it.slug, &*it.issuer)).collect();
        assert_eq!(
            read,
            [("google", "https://accounts.google.com"), ("my-club", "http://127.0.0.1:4000")]
        );
        assert!(read_secret(&config).contains("se,cret"));
        assert!(!format!("{config:?}").contains("se,cret"), "a secret does not print");
    }

    fn read_secret(config: &Config) -> &str {
        config.login_providers.first().map_or("", |it| it.client_secret.expose())
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        for text in [
            "Google",
            "Google,accounts.google.com,id,hunter2",
            "Google,http://accounts.google.com,id,hunter2",
            "Google,https://accounts.google.com,id,",
            "A b,https://a.example,id,hunter2; a-B,https://b.example,id,hunter2",
        ] {
            let problems = read(text).unwrap_err();
            assert_eq!(problems.0.len(), 1, "{text}");
            assert!(!problems.to_string().contains("hunter2"), "{problems}");
        }
    }
}
