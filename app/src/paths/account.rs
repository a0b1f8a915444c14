//! Logging in, and one's own account.

pub const LOGIN: &str = "/o/login";
pub const LOGIN_SENT: &str = "/o/login/sent";
pub const LOGIN_CONFIRM: &str = "/o/login/confirm";
pub const PROFILE: &str = "/o/profile";
/// Where who only helps others makes an organizer of the own.
pub const PROFILE_NEW: &str = "/o/profile?new=1";
/// One's own account: ways in, and what keeps it safe.
pub const ACCOUNT: &str = "/o/account";
/// Where the forms of an account post to.
pub const REQUEST_LOGIN: &str = "/api/account/request_login";
pub const CONFIRM_LOGIN: &str = "/api/account/confirm_login";
pub const LOG_OUT: &str = "/api/account/log_out";
pub const SAVE_PROFILE: &str = "/api/account/save_profile";

/// Logging in again before one's own account changes.
pub const LOGIN_AGAIN: &str = "/o/login?again=1";
/// Logging in with a passkey alone.
pub const LOGIN_PASSKEY: &str = "/o/login/passkey";
pub const LOG_IN_WITH_PASSKEY: &str = "/api/login/passkey";
/// The second factor at login.
pub const LOGIN_SECOND: &str = "/o/login/second";
/// Confirming again before something that matters, and going on with it.
pub const CONFIRM: &str = "/o/confirm";
pub const CONFIRM_CONTINUE: &str = "/o/confirm/continue";
/// Setting a code app up.
pub const TOTP: &str = "/o/account/app";
/// Recovery codes, shown once.
pub const RECOVERY_CODES: &str = "/o/account/codes";
pub const BEGIN_TOTP: &str = "/api/second_factors/begin_totp";
pub const CONFIRM_TOTP: &str = "/api/second_factors/confirm_totp";
pub const REMOVE_TOTP: &str = "/api/second_factors/remove_totp";
pub const RENEW_CODES: &str = "/api/second_factors/renew_codes";
pub const ADD_PASSKEY: &str = "/api/second_factors/add_passkey";
pub const REMOVE_PASSKEY: &str = "/api/second_factors/remove_passkey";
pub const PROVE_FACTOR: &str = "/api/second_factors/prove";
pub const LOGIN_SET_OUT: &str = "/api/login/set_out";
pub const LOGIN_LINK: &str = "/api/login/link";
pub const LOGIN_UNLINK: &str = "/api/login/unlink";

/// Logging in with another address from now on.
pub const REQUEST_EMAIL_CHANGE: &str = "/api/email_change/request";
pub const CONFIRM_EMAIL_CHANGE: &str = "/api/email_change/confirm";
pub const REFUSE_EMAIL_CHANGE: &str = "/api/email_change/refuse";
pub const ACCOUNT_EMAIL_FORM: &str = "/o/account#email";
/// The login page after the address was changed.
pub const LOGIN_CHANGED: &str = "/o/login?changed=1";
/// The login page of somebody whose account is disabled.
pub const LOGIN_DISABLED: &str = "/o/login?disabled=1";
/// What somebody who logs in is called and reads.
pub const OWN_PROFILE: &str = "/o/account/profile";
pub const SAVE_OWN_PROFILE: &str = "/api/own_profile/save";
/// Which mails come to a member.
pub const MAIL_CHOICES: &str = "/o/account/mails";
pub const MAIL_CHOICES_SAVED: &str = "/o/account/mails?saved=1";
pub const CHOOSE_MAILS: &str = "/api/mail_choices/choose";
/// Signing browsers out from afar.
pub const END_SESSION: &str = "/api/sessions/end";
pub const END_OTHER_SESSIONS: &str = "/api/sessions/end_others";
/// What is kept about one's own account, as a file.
pub const EXPORT_DATA: &str = "/o/account/data.json";
pub const DELETE_ACCOUNT: &str = "/o/account/delete";
pub const DELETE_ACCOUNT_NOW: &str = "/api/personal_data/delete";
/// The login page after the account was deleted.
pub const LOGIN_DELETED: &str = "/o/login?deleted=1";

/// One's own account after something was done with it; `done` is a word of ours.
pub fn account_after(done: &str) -> String {
    format!("{ACCOUNT}?done={done}")
}

/// The page that says a link was sent because of a login with a provider.
pub fn login_sent_by(provider: &str) -> String {
    format!("{LOGIN_SENT}?by={provider}")
}

/// The login page after somebody logged out.
pub const LOGGED_OUT: &str = "/o/login?out=1";
/// The profile after it was saved.
pub const PROFILE_SAVED: &str = "/o/profile?saved=1";

/// The page with the button that uses a login link. What is no token is left out: the address stands in a header.
pub fn login_confirm(token: &str) -> String {
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    format!("{LOGIN_CONFIRM}?token={token}")
}

/// Where a mailbox says yes to another address. What is no token is left out.
pub fn email_change(token: &str) -> String {
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    format!("{ACCOUNT}/email?token={token}")
}

/// The same page after a mailbox said that it did not ask.
pub fn email_change_refused(is_old: bool) -> String {
    format!("{ACCOUNT}/email?refused={}", if is_old { "old" } else { "new" })
}

/// The same page when the address turned out to be somebody else's.
pub fn email_change_taken() -> String {
    format!("{ACCOUNT}/email?taken=1")
}
