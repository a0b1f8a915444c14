//! Login with OpenID Connect providers: discovery, the way there, and what of the way back is believed.
//!
//! OpenID Connect Core 1.0 §3.1 (authorization code), RFC 7636 (PKCE), RFC 9207 (the issuer in the answer).

use std::sync::{Mutex as Kept, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use domain::login::LoginIdentity;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenVerifier,
    CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;

use crate::outcome::SetupError;
use crate::secret::Secret;

mod sender;

use sender::Sender;

/// How long a provider's own description is believed.
const METADATA_KEPT: Duration = Duration::from_secs(60 * 60);
/// While the provider does not answer, an old description will do.
const METADATA_KEPT_IN_NEED: Duration = Duration::from_secs(24 * 60 * 60);
/// Whoever comes while the provider does not answer is told so at once, not after the next ten seconds.
const SILENCE_KEPT: Duration = Duration::from_secs(10);
/// Keys are read again for an unknown key id, but not more often: a forged token must not make us hammer anybody. Once they
/// may be at any time after a description was read: a provider may have changed them a moment later.
const KEYS_READ_EVERY: Duration = Duration::from_secs(60);
/// A provider that is asked who is there now asks again unless it did so within this.
const PRESENT_WITHIN: Duration = Duration::from_secs(60);
/// Seconds that a provider's clock may be behind ours.
const CLOCKS_APART: i64 = 120;
/// The longest name of a person there is (OpenID Connect Core §2).
const SUBJECT_BYTES_MAX: usize = 255;
/// Signatures that only the provider can make. No `none`, and nothing that our own secret could sign.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// A provider, as the configuration names it.
#[derive(Debug, Clone)]
pub struct LoginProviderConfig {
    /// Its name in addresses: letters, digits and hyphens.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// It did not answer, or not as the specification says.
    #[error("the login provider cannot be used: {0}")]
    Unusable(String),
    /// It did not take the code.
    #[error("the login provider refused the code: {0}")]
    Refused(String),
    /// It does not say that it asked its person again, which was wanted.
    #[error("the login provider did not say that somebody logged in just now")]
    NotPresent,
    /// The answer or its token is not to be believed.
    #[error("the login provider's answer is not to be believed: {0}")]
    Unbelievable(String),
}

/// What only the browser that set out knows; kept in its web session until it is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    /// The provider must have asked its person since then, in seconds since 1970.
    #[serde(default)]
    pub present_since: Option<i64>,
}

/// Whether somebody has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Who logged in at the provider this morning need not do so again.
    Known,
    /// The provider asks again, and its token says when (OpenID Connect Core §3.1.2.1, `max_age`): who found a browser open
    /// does not get through.
    Now,
}

/// Where to send the browser, and what to remember.
#[derive(Debug, Clone)]
pub struct WayThere {
    pub url: String,
    pub way_back: WayBack,
}

/// What the browser brought back in its address.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    pub code: &'a str,
    pub state: &'a str,
    /// The issuer, where the provider names itself (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// Somebody, proved by the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedIdentity {
    pub identity: LoginIdentity,
    /// What the provider says of the address. It proves nothing here: a mail of ours does.
    pub email: Option<String>,
}

/// A provider and what is known of it.
#[derive(Debug)]
pub struct LoginProvider {
    config: LoginProviderConfig,
    issuer: IssuerUrl,
    sender: Sender,
    known: Kept<Known>,
    /// Held by the one who asks for a description or keys; the others wait for this one's answer.
    asking: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    described: Option<Described>,
    /// Before this the keys are not read again.
    keys_again_at: Option<Instant>,
    silent_since: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Described {
    /// With its keys.
    metadata: CoreProviderMetadata,
    fresh_until: Instant,
    /// Until then it will do in need.
    usable_until: Instant,
}

impl Known {
    fn fresh(&self) -> Option<CoreProviderMetadata> {
        let known = self.described.as_ref().filter(|it| Instant::now() < it.fresh_until)?;
        Some(known.metadata.clone())
    }

    fn in_need(&self) -> Option<CoreProviderMetadata> {
        let known = self.described.as_ref().filter(|it| Instant::now() < it.usable_until)?;
        Some(known.metadata.clone())
    }
}

/// All providers of the configuration, in its order.
#[derive(Debug, Default)]
pub struct LoginProviders(Vec<LoginProvider>);

impl LoginProviders {
    /// Makes ready to talk to them; none is asked yet.
    ///
    /// # Errors
    /// When an issuer is no address, or the system has no certificates to trust.
    pub fn new(configs: Vec<LoginProviderConfig>) -> Result<Self, SetupError> {
        configs.into_iter().map(LoginProvider::new).collect::<Result<_, _>>().map(Self)
    }

    /// The one of this name in addresses.
    pub fn find(&self, slug: &str) -> Option<&LoginProvider> {
        self.0.iter().find(|it| it.config.slug == slug)
    }

    /// Their names in addresses and for people.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|it| (it.config.slug.as_str(), it.config.name.as_str()))
    }
}

impl LoginProvider {
    fn new(config: LoginProviderConfig) -> Result<Self, SetupError> {
        let issuer = IssuerUrl::new(config.issuer.clone())
            .map_err(|_| SetupError::BadUrl(config.issuer.clone()))?;
        let sender = Sender::new(&config.issuer)?;
        Ok(Self { config, issuer, sender, known: Kept::default(), asking: Mutex::new(()) })
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Sets out: the address to go to, and what the browser's session must remember. The browser comes back to
    /// `return_url`.
    ///
    /// # Errors
    /// [`LoginError::Unusable`].
    pub async fn set_out(
        &self,
        return_url: &str,
        presence: Presence,
    ) -> Result<WayThere, LoginError> {
        let metadata = self.metadata().await?;
        let return_url = return_address(return_url)?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id(), None)
            .set_redirect_uri(return_url);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let way = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge);
        let way = match presence {
            Presence::Known => way,
            Presence::Now => way.add_prompt(CoreAuthPrompt::Login).set_max_age(PRESENT_WITHIN),
        };
        let (url, state, nonce) = way.url();
        let way_back = WayBack {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            present_since: (presence == Presence::Now).then(seconds_now),
        };
        Ok(WayThere { url: url.into(), way_back })
    }

    /// Comes back: compares the state, trades the code for a token, and reads who it is.
    ///
    /// # Errors
    /// [`LoginError`]; nothing in it is a secret.
    pub async fn come_back(
        &self,
        return_url: &str,
        way_back: &WayBack,
        answer: Answer<'_>,
    ) -> Result<ProvedIdentity, LoginError> {
        let is_ours = answer.state.as_bytes().ct_eq(way_back.state.as_bytes());
        if !bool::from(is_ours) {
            return Err(LoginError::Unbelievable("another state".to_owned()));
        }
        if answer.issuer.is_some_and(|issuer| issuer != self.config.issuer) {
            return Err(LoginError::Unbelievable("another issuer in the address".to_owned()));
        }
        let metadata = self.metadata().await?;
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            self.client_id(),
            Some(ClientSecret::new(self.config.client_secret.expose().to_owned())),
        )
        .set_redirect_uri(return_address(return_url)?);
        let tokens = client
            .exchange_code(AuthorizationCode::new(answer.code.to_owned()))
            .map_err(|_| LoginError::Unusable("it has no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(way_back.verifier.clone()))
            .request_async(&self.sender)
            .await
            .map_err(|error| LoginError::Refused(error.to_string()))?;
        let token = tokens
            .id_token()
            .ok_or_else(|| LoginError::Unbelievable("there is no ID token".to_owned()))?;
        let nonce = Nonce::new(way_back.nonce.clone());
        let read = match self.read(metadata.jwks(), token, &nonce) {
            // A key of a new name, or a new key under an old name.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::CryptoError(_),
            )) => {
                let keys = self.read_keys_again().await?;
                self.read(&keys, token, &nonce)
            }
            read => read,
        };
        let (mut proved, asked_at) =
            read.map_err(|error| LoginError::Unbelievable(error.to_string()))?;
        let since = way_back.present_since.map(|it| it.saturating_sub(CLOCKS_APART));
        if since.is_some_and(|since| asked_at.is_none_or(|at| at < since)) {
            return Err(LoginError::NotPresent);
        }
        if !(1..=SUBJECT_BYTES_MAX).contains(&proved.identity.subject.len()) {
            return Err(LoginError::Unbelievable("no name that could be kept".to_owned()));
        }
        if proved.email.is_none() {
            let subject = SubjectIdentifier::new(proved.identity.subject.clone());
            proved.email = self.ask_email(&metadata, tokens.access_token(), subject).await;
        }
        Ok(proved)
    }

    /// The address, where the token does not tell it: a provider that keeps to the letter tells it only when asked (OpenID
    /// Connect Core §5.4). Without an answer there is none, and the person is known all the same.
    async fn ask_email(
        &self,
        metadata: &CoreProviderMetadata,
        token: &AccessToken,
        subject: SubjectIdentifier,
    ) -> Option<String> {
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.client_id(), None);
        let question = client.user_info(token.clone(), Some(subject)).ok()?;
        let told: Result<CoreUserInfoClaims, _> = question.request_async(&self.sender).await;
        match told {
            Ok(claims) => claims.email().map(|it| it.to_string()),
            Err(error) => {
                tracing::warn!(%error, "a login provider did not tell an address");
                None
            }
        }
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.config.client_id.clone())
    }

    /// Who a token speaks of, and when the provider asked them where it says so: signed by one of `keys`, by our issuer, for
    /// us alone, in time, and for this very way.
    fn read(
        &self,
        keys: &CoreJsonWebKeySet,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<(ProvedIdentity, Option<i64>), ClaimsVerificationError> {
        let verifier = CoreIdTokenVerifier::new_public_client(
            self.client_id(),
            self.issuer.clone(),
            keys.clone(),
        )
        .set_allowed_algs(ALGORITHMS);
        let claims = token.claims(&verifier, nonce)?;
        let proved = ProvedIdentity {
            identity: LoginIdentity {
                provider: self.config.slug.clone(),
                issuer: claims.issuer().to_string(),
                subject: claims.subject().to_string(),
            },
            email: claims.email().map(|it| it.to_string()),
        };
        Ok((proved, claims.auth_time().map(|it| it.timestamp())))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider's description with its keys; asked for when it is unknown or old.
    async fn metadata(&self) -> Result<CoreProviderMetadata, LoginError> {
        if let Some(metadata) = self.known().fresh() {
            return Ok(metadata);
        }
        let _turn = self.asking.lock().await;
        let known = self.known().clone();
        if let Some(metadata) = known.fresh() {
            return Ok(metadata);
        }
        if known.silent_since.is_some_and(|since| since.elapsed() < SILENCE_KEPT) {
            let silent = || LoginError::Unusable("it did not answer a moment ago".to_owned());
            return known.in_need().ok_or_else(silent);
        }
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &self.sender).await {
            Ok(metadata) => {
                let now = Instant::now();
                *self.known() = Known {
                    described: Some(Described {
                        metadata: metadata.clone(),
                        fresh_until: after(now, METADATA_KEPT),
                        usable_until: after(now, METADATA_KEPT_IN_NEED),
                    }),
                    keys_again_at: None,
                    silent_since: None,
                };
                Ok(metadata)
            }
            Err(error) => {
                self.known().silent_since = Some(Instant::now());
                known.in_need().ok_or_else(|| LoginError::Unusable(error.to_string()))
            }
        }
    }

    /// The keys, read again after the provider changed them; at most once in a while.
    async fn read_keys_again(&self) -> Result<CoreJsonWebKeySet, LoginError> {
        let _turn = self.asking.lock().await;
        let known = self.known().clone();
        let Some(described) = known.described else {
            return Err(LoginError::Unusable("nothing is known of it".to_owned()));
        };
        if known.keys_again_at.is_some_and(|at| Instant::now() < at) {
            return Ok(described.metadata.jwks().clone());
        }
        let keys =
            CoreJsonWebKeySet::fetch_async(described.metadata.jwks_uri(), &self.sender).await;
        let wait = if keys.is_ok() { KEYS_READ_EVERY } else { SILENCE_KEPT };
        self.known().keys_again_at = Some(after(Instant::now(), wait));
        let keys = keys.map_err(|error| LoginError::Unusable(error.to_string()))?;
        let metadata = described.metadata.clone().set_jwks(keys.clone());
        self.known().described = Some(Described { metadata, ..described });
        Ok(keys)
    }
}

fn seconds_now() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A moment that the clock of this machine can name.
fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or(now)
}

fn return_address(url: &str) -> Result<RedirectUrl, LoginError> {
    RedirectUrl::new(url.to_owned()).map_err(|error| LoginError::Unusable(error.to_string()))
}

#[cfg(test)]
mod tests;
