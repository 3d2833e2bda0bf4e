//! Why `aws` did not do what it was asked for, and the next step.

use std::{fmt, io};

use crate::command::error::CommandError;

/// The most of its own words that are shown.
const MAX_WORDS: usize = 600;
/// A piece of the content that is no coincidence: lines of PEM have 64 characters.
const TELLING: usize = 16;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(
        "there is no program `aws` on the PATH: install the AWS CLI (\
         https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or pip install awscli)"
    )]
    Missing,
    #[error("aws cannot be run: {0}")]
    Start(#[source] io::Error),
    #[error(
        "aws secretsmanager {operation} did not answer within {seconds} s, and was ended; try it by hand, or wait \
         longer with --timeout"
    )]
    Silent { operation: &'static str, seconds: u64 },
    #[error(
        "aws secretsmanager {operation} answered something else than the JSON that is expected"
    )]
    Unintelligible { operation: &'static str },
    #[error("no private file can be made for aws to read: {0}")]
    File(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error(
        "{0}; whether there is a new version is not known: the same command once more finds nothing to do if so"
    )]
    Open(Box<Failure>),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Failure {
    /// Of a call that changes something, which may have done so all the same.
    pub(super) fn of_change(self) -> Self {
        match self {
            Self::Silent { .. } | Self::Interrupted | Self::Unintelligible { .. } => {
                Self::Open(Box::new(self))
            }
            _ => self,
        }
    }

    /// Whether `aws` or AWS said no, or nothing; otherwise it could not even be asked.
    fn is_refusal(&self) -> bool {
        !matches!(self, Self::Missing | Self::Start(_) | Self::File(_))
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        match failure.is_refusal() {
            true => Self::Refused(Box::new(failure)),
            false => Self::own(failure),
        }
    }
}

/// `aws`, or AWS, said no.
#[derive(Debug)]
pub(super) struct Refusal {
    operation: &'static str,
    /// The word of the API, such as `AccessDeniedException`.
    code: Option<String>,
    words: String,
    next: Option<String>,
}

impl Refusal {
    /// Reads what `aws` wrote to standard error. What repeats a piece of `withheld` is not told.
    pub(super) fn read(
        operation: &'static str,
        said: &str,
        withheld: &[u8],
        profile: Option<&str>,
    ) -> Self {
        let said = said.trim();
        let code =
            said.split_once("An error occurred (").and_then(|(_, rest)| rest.split_once(')'));
        let code = code.map(|(code, _)| code.to_owned());
        let next = next_step(code.as_deref(), said, profile);
        let words = match repeats(said, withheld) {
            true => "its words repeat the content, and are not shown".to_owned(),
            false => bounded(said),
        };
        Self { operation, code, words, next }
    }

    /// Whether there is no such secret, or no such version of it.
    pub(super) fn is_not_found(&self) -> bool {
        self.code.as_deref() == Some("ResourceNotFoundException")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aws secretsmanager {} failed: {}", self.operation, self.words)?;
        match &self.next {
            Some(next) => write!(f, "\nnext: {next}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// What to do about it, by the word of the API, or by what `aws` says where it did not come to that.
fn next_step(code: Option<&str>, said: &str, profile: Option<&str>) -> Option<String> {
    let login = match profile {
        Some(profile) => format!("aws sso login --profile {profile}"),
        None => "aws sso login".to_owned(),
    };
    let words = match code {
        Some("ResourceNotFoundException") => {
            "check the name or ARN, and that account and region are the secret's (--profile, --region); aws \
             secretsmanager list-secrets shows what is there"
        }
        Some("AccessDeniedException" | "AccessDenied") => {
            "the action named above has to be allowed on this secret, and with a KMS key of your own kms:Decrypt and \
             kms:GenerateDataKey; aws sts get-caller-identity says as whom you are signed in"
        }
        Some("DecryptionFailure" | "EncryptionFailure") => {
            "look at the secret's KMS key: whether it is enabled, and allows you kms:Decrypt and kms:GenerateDataKey"
        }
        Some("ExpiredTokenException" | "ExpiredToken" | "RequestExpired") => {
            return Some(format!("sign in again: {login}, or renew the credentials"));
        }
        Some(
            "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidSignatureException",
        ) => "these credentials are not accepted: sign in again, or set AWS_PROFILE",
        Some("InvalidRequestException") if said.contains("marked for deletion") => {
            "aws secretsmanager restore-secret --secret-id … takes the deletion back"
        }
        Some("LimitExceededException" | "ThrottlingException") => "try again in a minute",
        Some(_) => return None,
        None => return unsigned(said, &login),
    };
    Some(words.to_owned())
}

/// The same, where AWS was not reached.
fn unsigned(said: &str, login: &str) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if has(&["SSO", "sso", "Token has expired", "token has expired"]) {
        return Some(format!("sign in again: {login}"));
    }
    let words = if has(&["locate credentials"]) {
        "sign in, with aws configure sso or aws configure, or name a profile with --profile"
    } else if has(&["specify a region"]) {
        "name the secret's region with --region"
    } else if has(&["config profile"]) {
        "aws configure list-profiles shows those that there are"
    } else if has(&["connect to the endpoint", "Connect timeout", "Read timeout"]) {
        "check the network, the proxy and AWS_ENDPOINT_URL"
    } else {
        return None;
    };
    Some(words.to_owned())
}

/// Whether a text has a piece of the content in it, written as it is or escaped.
fn repeats(text: &str, content: &[u8]) -> bool {
    let content = String::from_utf8_lossy(content);
    let mut lines = content.lines().map(str::trim).filter(|line| line.len() >= TELLING);
    let escaped = |line: &str| line.replace('\\', "\\\\").replace('"', "\\\"");
    lines.any(|line| text.contains(line) || text.contains(&escaped(line)))
}

/// Without what moves a terminal's cursor, and no longer than a person reads.
fn bounded(text: &str) -> String {
    let plain = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    let mut words: String = plain.clone().take(MAX_WORDS).collect();
    if plain.count() > MAX_WORDS {
        words.push('…');
    }
    match words.is_empty() {
        true => "it did not say why".to_owned(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(said: &str, withheld: &[u8]) -> String {
        Refusal::read("put-secret-value", said, withheld, Some("ops")).to_string()
    }

    #[test]
    fn each_known_refusal_has_a_next_step_and_an_unknown_one_its_words_alone() {
        let api =
            |code: &str| format!("\nAn error occurred ({code}) when calling the X operation: no");
        for (said, next) in [
            (api("ResourceNotFoundException"), "next: check the name or ARN"),
            (api("AccessDeniedException"), "next: the action named above"),
            (api("DecryptionFailure"), "next: look at the secret's KMS key"),
            (api("ExpiredTokenException"), "next: sign in again: aws sso login --profile ops"),
            (api("UnrecognizedClientException"), "next: these credentials"),
            (api("InvalidRequestException") + ": marked for deletion", "restore-secret"),
            ("Error loading SSO Token: it has expired".to_owned(), "aws sso login --profile ops"),
            ("Token has expired and refresh failed".to_owned(), "aws sso login --profile ops"),
            ("Unable to locate credentials.".to_owned(), "next: sign in, with aws configure sso"),
            ("You must specify a region.".to_owned(), "--region"),
            ("Could not connect to the endpoint URL: \"http://x/\"".to_owned(), "the network"),
        ] {
            assert!(told(&said, b"").contains(next), "{said}: {}", told(&said, b""));
        }
        let unknown = told(&api("InternalServiceError"), b"");
        assert!(unknown.ends_with("(InternalServiceError) when calling the X operation: no"));
    }

    #[test]
    fn words_that_repeat_the_content_are_not_shown_and_others_are_bounded_and_plain() {
        let content = b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n";
        let echo =
            "Invalid JSON\nJSON received: {\"SecretString\": \"x\\nMIIBszCCAVmgAwIBAgIU\\n\"}";
        assert!(!told(echo, content).contains("MIIB"), "{}", told(echo, content));
        // Also where that is beyond what would be shown.
        let far = "x".repeat(MAX_WORDS) + echo;
        assert!(told(&far, content).ends_with("are not shown"));
        let rule = "value: {\\\"dns\\\": \\\"a.partner.example\\\"}";
        assert!(told(rule, br#"{"dns": "a.partner.example"}"#).ends_with("are not shown"));
        assert!(told("something else", content).ends_with("failed: something else"));
        let long = told(&format!("\u{1b}[2J{}", "y".repeat(2 * MAX_WORDS)), content);
        assert!(long.ends_with("y…") && !long.contains('\u{1b}'));
        assert!(told("", content).ends_with("it did not say why"));
    }
}
