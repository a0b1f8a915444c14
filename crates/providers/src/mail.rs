//! Mail: into a folder while developing, by SMTP otherwise.

use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::HEXLOWER;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::outcome::{Cause, Outcome, Refusal, SetupError};

const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// A mail, complete: the same fields give the same bytes.
#[derive(Clone)]
pub struct OutgoingMail {
    /// `Name <address>` or an address.
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Without angle brackets; from a stored id, so that a repeated mail is recognized as the same.
    pub message_id: String,
    /// The language of the content, such as `ja`.
    pub locale: String,
    pub sent_at: OffsetDateTime,
}

/// The way mail leaves.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// One `.eml` file a mail, named by its message id.
    Folder(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl MailTransport {
    /// SMTP by URL: `smtp://localhost:1025`, `smtps://user:password@mail.example`.
    ///
    /// # Errors
    /// When the URL is not one of SMTP.
    pub fn smtp(url: &str) -> Result<Self, SetupError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self::Smtp(builder.timeout(Some(SMTP_TIMEOUT)).build()))
    }

    /// Sends. A mail that was perhaps sent is `Unknown`; sending it again reaches the reader with the same message id.
    pub async fn send(&self, mail: &OutgoingMail) -> Outcome<()> {
        let message = match compose(mail) {
            Ok(message) => message,
            Err(reason) => return Outcome::Refused(Refusal::last("invalid_mail", &reason)),
        };
        match self {
            Self::Folder(folder) => write(folder, mail, &message.formatted()).await,
            Self::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Outcome::Accepted(()),
                Err(error) => read_smtp_error(&error),
            },
        }
    }
}

fn read_smtp_error(error: &lettre::transport::smtp::Error) -> Outcome<()> {
    let code = error.status().map_or_else(|| "smtp".to_owned(), |code| format!("smtp_{code}"));
    // The server's words can hold the reader's address, so they go no further.
    let refusal =
        |message: &str, retryable| Refusal { code, message: message.to_owned(), retryable };
    if error.is_permanent() {
        Outcome::Refused(refusal("the mail server refused for good", false))
    } else if error.is_transient() {
        Outcome::Refused(refusal("the mail server refused for now", true))
    } else if error.is_timeout() {
        Outcome::Unknown(Cause::TimedOut)
    } else {
        Outcome::Unknown(Cause::Broken)
    }
}

async fn write(folder: &Path, mail: &OutgoingMail, bytes: &[u8]) -> Outcome<()> {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    let name: String = mail.message_id.chars().filter(is_plain).collect();
    let (path, draft) = (folder.join(format!("{name}.eml")), folder.join(format!(".{name}.part")));
    let written = async {
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::write(&draft, bytes).await?;
        // Renamed when whole, so that nobody reads half a mail.
        tokio::fs::rename(&draft, &path).await
    };
    match written.await {
        Ok(()) => Outcome::Accepted(()),
        Err(error) => Outcome::Unknown(Cause::NotSent(error.kind().to_string())),
    }
}

fn compose(mail: &OutgoingMail) -> Result<Message, String> {
    // lettre would draw a boundary at random, and the same mail would not be the same bytes.
    let boundary = HEXLOWER.encode(&Sha256::digest(mail.message_id.as_bytes()));
    let boundary = boundary.get(..32).unwrap_or(&boundary);
    let part =
        |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    Message::builder()
        .from(mail.from.parse().map_err(|_| "the sender's address cannot be read".to_owned())?)
        .to(mail.to.parse().map_err(|_| "the reader's address cannot be read".to_owned())?)
        .subject(&mail.subject)
        .message_id(Some(format!("<{}>", mail.message_id)))
        .date(mail.sent_at.into())
        .header(ContentLanguage(mail.locale.clone()))
        .multipart(parts)
        .map_err(|error| error.to_string())
}

#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use time::macros::datetime;

    fn mail() -> OutgoingMail {
        OutgoingMail {
            from: "EventPay <tickets@example.com>".to_owned(),
            to: "guest@example.com".to_owned(),
            subject: "チケット".to_owned(),
            text: "ありがとうございます".to_owned(),
            html: "<p>ありがとうございます</p>".to_owned(),
            message_id: "ord_1.ticket@example.com".to_owned(),
            locale: "ja".to_owned(),
            sent_at: datetime!(2026-11-21 10:00 UTC),
        }
    }

    #[test]
    fn the_same_mail_is_the_same_bytes() {
        let bytes = String::from_utf8(compose(&mail()).unwrap().formatted()).unwrap();
        expect![[r#"
            From: EventPay <tickets@example.com>
            To: guest@example.com
            Subject: =?utf-8?b?44OB44Kx44OD44OI?=
            Message-ID: <ord_1.ticket@example.com>
            Date: Sat, 21 Nov 2026 10:00:00 +0000
            Content-Language: ja
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="272ba4cd817f1df9f35899df10b9d6f6"

            --272ba4cd817f1df9f35899df10b9d6f6
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: base64

            44GC44KK44GM44Go44GG44GU44GW44GE44G+44GZ
            --272ba4cd817f1df9f35899df10b9d6f6
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: base64

            PHA+44GC44KK44GM44Go44GG44GU44GW44GE44G+44GZPC9wPg==
            --272ba4cd817f1df9f35899df10b9d6f6--
        "#]]
        .assert_eq(&bytes.replace('\r', ""));
    }

    #[test]
    fn an_address_that_cannot_be_read_is_refused() {
        assert!(compose(&OutgoingMail { to: "nobody".to_owned(), ..mail() }).is_err());
    }
}
