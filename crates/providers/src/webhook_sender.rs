//! Posts to the receivers of outgoing webhooks: addresses that anybody may have typed, so that nothing about them is
//! trusted. Names are resolved by us, every address is judged, and the connection goes to a judged address only.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::network::is_open;
use domain::webhook_endpoint::{ANSWER_CHARS_MAX, AttemptOutcome, URL_BYTES_MAX};
use reqwest::Url;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;

use crate::outcome::SetupError;
use crate::webhook_sender::resolver::{GuardedResolver, NotOpen};

mod resolver;
pub mod signature;

/// Bytes of an answer that are read; the rest is not waited for.
const ANSWER_BYTES_MAX: usize = 4096;

/// Which receivers may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The open internet, over TLS.
    OpenInternet,
    /// Everything, without TLS too: for developers and tests.
    Everywhere,
}

/// The limits of a call.
#[derive(Debug, Clone, Copy)]
pub struct SenderLimits {
    pub connect: Duration,
    /// From the first step to the last byte that is read.
    pub deadline: Duration,
}

impl Default for SenderLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), deadline: Duration::from_secs(10) }
    }
}

/// Why an address is none for a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("not an address such as https://example.com/webhooks")]
    Malformed,
    #[error("must begin with https://")]
    NotHttps,
    #[error("must not hold a user name or password")]
    HasCredentials,
    #[error("leads into a private network")]
    Private,
}

/// A message, signed and ready.
#[derive(Debug, Clone)]
pub struct SignedMessage {
    pub id: String,
    pub timestamp: i64,
    /// One signature for each secret, with spaces between them.
    pub signature: String,
    /// A `CloudEvents` envelope as JSON.
    pub body: String,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub outcome: AttemptOutcome,
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub body: String,
    pub took: Duration,
    /// How long the receiver asks us to wait.
    pub retry_after: Option<Duration>,
}

/// Sends to receivers. Cheap to share.
#[derive(Debug)]
pub struct WebhookSender {
    client: reqwest::Client,
    reach: Reach,
    limits: SenderLimits,
}

impl WebhookSender {
    /// A sender that reaches `reach`.
    ///
    /// # Errors
    /// When the system has no certificates to trust.
    pub fn new(reach: Reach, limits: SenderLimits) -> Result<Self, SetupError> {
        let client = reqwest::Client::builder()
            .user_agent("EventPay-Webhooks")
            .redirect(Policy::none())
            // A proxy would resolve the name itself, past our judgement.
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver { reach }))
            .https_only(reach == Reach::OpenInternet)
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self { client, reach, limits })
    }

    /// Reads an address as it is typed and gives it as it is called. Names are judged when they are resolved, at every
    /// attempt: what they lead to can change.
    ///
    /// # Errors
    /// When it is no address of a receiver.
    pub fn read_url(&self, text: &str) -> Result<String, BadUrl> {
        self.judge(text).map(String::from)
    }

    fn judge(&self, text: &str) -> Result<Url, BadUrl> {
        let text = text.trim();
        if text.len() > URL_BYTES_MAX {
            return Err(BadUrl::Malformed);
        }
        let url = Url::parse(text).map_err(|_| BadUrl::Malformed)?;
        match (url.scheme(), self.reach) {
            ("https", _) | ("http", Reach::Everywhere) => {}
            ("http", Reach::OpenInternet) => return Err(BadUrl::NotHttps),
            _ => return Err(BadUrl::Malformed),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::HasCredentials);
        }
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() || url.fragment().is_some() {
            return Err(BadUrl::Malformed);
        }
        // The parser has turned every spelling of an address (0x7f.1, 2130706433) into the usual one.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_closed = match literal {
            Ok(address) => !is_open(address),
            Err(_) => is_inside_name(host),
        };
        if is_closed && self.reach == Reach::OpenInternet {
            return Err(BadUrl::Private);
        }
        Ok(url)
    }

    /// Posts a message once, within the limits, and tells what came of it.
    pub async fn post(&self, url: &str, message: &SignedMessage) -> Posted {
        let began = Instant::now();
        let posted = match self.judge(url) {
            Ok(url) => tokio::time::timeout(self.limits.deadline, self.call(url, message)).await,
            Err(BadUrl::Private) => Ok(Posted::without_answer(AttemptOutcome::PrivateAddress)),
            Err(_) => Ok(Posted::without_answer(AttemptOutcome::Unreachable)),
        };
        let posted = posted.unwrap_or_else(|_| Posted::without_answer(AttemptOutcome::TimedOut));
        let posted = Posted { took: began.elapsed(), ..posted };
        let outcome = posted.outcome.as_str();
        metrics::histogram!("webhook_call_seconds", "outcome" => outcome).record(posted.took);
        posted
    }

    async fn call(&self, url: Url, message: &SignedMessage) -> Posted {
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", &message.signature)
            .body(message.body.clone())
            .send()
            .await;
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Posted::without_answer(outcome_of(&error)),
        };
        let status = answer.status();
        let outcome = if status.is_success() {
            AttemptOutcome::Accepted
        } else if status.is_redirection() {
            AttemptOutcome::Redirected
        } else {
            AttemptOutcome::Refused
        };
        let asked = answer.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
        let retry_after = asked.and_then(|it| it.trim().parse().ok()).map(Duration::from_secs);
        let mut body = Vec::new();
        // The status has been said; whatever goes wrong with the rest does not unsay it.
        while let Ok(Some(chunk)) = answer.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= ANSWER_BYTES_MAX {
                break;
            }
        }
        let status = Some(status.as_u16());
        Posted { outcome, status, body: beginning(&body), took: Duration::ZERO, retry_after }
    }
}

impl Posted {
    /// An attempt that came to no answer.
    pub const fn without_answer(outcome: AttemptOutcome) -> Self {
        Self { outcome, status: None, body: String::new(), took: Duration::ZERO, retry_after: None }
    }
}

/// Names that never lead to the open internet, told early; all others are judged by where they lead.
fn is_inside_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    !host.contains('.')
        || ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"]
            .contains(&last)
}

fn outcome_of(error: &reqwest::Error) -> AttemptOutcome {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(it) = cause {
        if it.is::<NotOpen>() {
            return AttemptOutcome::PrivateAddress;
        }
        cause = it.source();
    }
    if error.is_timeout() { AttemptOutcome::TimedOut } else { AttemptOutcome::Unreachable }
}

/// The beginning of an answer as a person can read it.
fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let is_plain = |c: &char| *c == '\n' || !c.is_control();
    text.chars().filter(is_plain).take(ANSWER_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(reach: Reach) -> WebhookSender {
        WebhookSender::new(reach, SenderLimits::default()).unwrap()
    }

    #[test]
    fn only_receivers_on_the_open_internet_are_addresses() {
        let sender = sender(Reach::OpenInternet);
        assert_eq!(
            sender.read_url(" https://Example.com/hooks?a=1 "),
            Ok("https://example.com/hooks?a=1".to_owned())
        );
        for (text, why) in [
            ("", BadUrl::Malformed),
            ("example.com/hooks", BadUrl::Malformed),
            ("ftp://example.com", BadUrl::Malformed),
            ("https://example.com/#part", BadUrl::Malformed),
            ("http://example.com", BadUrl::NotHttps),
            ("https://user:secret@example.com", BadUrl::HasCredentials),
            ("https://127.0.0.1", BadUrl::Private),
            ("https://2130706433/", BadUrl::Private),
            ("https://0x7f.1/", BadUrl::Private),
            ("https://[::1]:8443/", BadUrl::Private),
            ("https://[::ffff:10.0.0.1]/", BadUrl::Private),
            ("https://169.254.169.254/latest", BadUrl::Private),
            ("https://localhost", BadUrl::Private),
            ("https://db.internal.", BadUrl::Private),
            ("https://intranet/", BadUrl::Private),
        ] {
            assert_eq!(sender.read_url(text), Err(why), "{text}");
        }
        assert_eq!(
            sender.read_url(&format!("https://example.com/{}", "a".repeat(2000))),
            Err(BadUrl::Malformed)
        );
    }

    #[test]
    fn developers_may_reach_their_own_machine() {
        let sender = sender(Reach::Everywhere);
        assert!(sender.read_url("http://127.0.0.1:8080/").is_ok());
        assert_eq!(sender.read_url("file:///etc/passwd"), Err(BadUrl::Malformed));
    }

    #[test]
    fn an_answer_is_shortened_to_what_a_person_reads() {
        assert_eq!(beginning(b"no\0\x1b[31m!"), "no[31m!");
        assert_eq!(beginning("あ".repeat(3000).as_bytes()).chars().count(), ANSWER_CHARS_MAX);
    }
}
