//! One GET of a CRL, within limits.

use std::{fmt, time::Duration};

use alb_mtls_adapter::trust::crls::manifest::MOST_BYTES;
use reqwest::{
    Client, ClientBuilder, Response, StatusCode, Url,
    header::{
        ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED,
    },
    redirect::{Action, Attempt, Policy},
};

use crate::{causes::causes, crl_url::CrlUrl, https};

/// How long one CRL may take at most, connecting included.
pub const MOST_TIME: Duration = Duration::from_secs(60);
/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 3;

/// Fetches CRLs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Downloader(Client);

/// What a server answers.
#[derive(Debug)]
pub enum Answer {
    /// That it is still the one with these validators (304).
    Unchanged,
    /// A body, as it came.
    Content {
        /// Not more than [`MOST_BYTES`].
        body: Vec<u8>,
        /// By which the next request asks whether there is another.
        validators: Validators,
    },
}

/// By what a server knows what it sent (RFC 9110 section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Downloader {
    /// Makes one; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`DownloadError::Client`]; none that is known.
    pub fn new() -> Result<Self, DownloadError> {
        Self::of(https::client())
    }

    /// The same, but it asks no proxy, whatever the environment says: for servers on this machine.
    ///
    /// # Errors
    ///
    /// As with [`Downloader::new`].
    pub fn direct() -> Result<Self, DownloadError> {
        Self::of(https::client().map(ClientBuilder::no_proxy))
    }

    fn of(builder: Result<ClientBuilder, rustls::Error>) -> Result<Self, DownloadError> {
        let builder = builder.map_err(|error| DownloadError::Client(error.to_string()))?;
        let client = builder.redirect(Policy::custom(redirect)).build();
        client.map(Self).map_err(|error| DownloadError::Client(causes(&error)))
    }

    /// Fetches what is at a URL, unless it is what the validators stand for.
    ///
    /// # Errors
    ///
    /// [`DownloadError`]: no answer within `limit`, another one than was asked for, or too much.
    pub async fn get(
        &self,
        url: &CrlUrl,
        known: &Validators,
        limit: Duration,
    ) -> Result<Answer, DownloadError> {
        let limit = limit.min(MOST_TIME);
        let told = |error| DownloadError::of(error, limit);
        let mut request = self.0.get(url.as_str()).header(ACCEPT_ENCODING, "gzip").timeout(limit);
        for (name, value) in
            [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.map_err(told)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if *known != Validators::default() => {
                return Ok(Answer::Unchanged);
            }
            status => return Err(DownloadError::Status(status)),
        }
        if let Some(encoding) = text(&response, CONTENT_ENCODING)
            && !["gzip", "x-gzip", "identity"].contains(&encoding.to_ascii_lowercase().as_str())
        {
            return Err(DownloadError::Encoding);
        }
        let validators = Validators {
            etag: text(&response, ETAG),
            last_modified: text(&response, LAST_MODIFIED),
        };
        Ok(Answer::Content { body: body(response, limit).await?, validators })
    }
}

/// The body, as long as it is not too long.
async fn body(mut response: Response, limit: Duration) -> Result<Vec<u8>, DownloadError> {
    let is_too_long = |bytes: u64| bytes > MOST_BYTES;
    if response.content_length().is_some_and(is_too_long) {
        return Err(DownloadError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| DownloadError::of(error, limit))?
    {
        body.extend_from_slice(&chunk);
        if u64::try_from(body.len()).is_ok_and(is_too_long) {
            return Err(DownloadError::TooLarge);
        }
    }
    Ok(body)
}

/// A header that can be sent back as it is, and is not longer than those that servers make.
fn text(response: &Response, name: HeaderName) -> Option<String> {
    const LONGEST: usize = 256;
    let value = response.headers().get(name)?.to_str().ok()?;
    (value.len() <= LONGEST).then(|| value.to_owned())
}

fn redirect(attempt: Attempt<'_>) -> Action {
    match fault(attempt.previous(), attempt.url()) {
        Some(fault) => attempt.error(fault),
        None => attempt.follow(),
    }
}

/// Why a redirect is not followed, after those before it. The host is the operator's choice, and no server's.
fn fault(previous: &[Url], next: &Url) -> Option<Redirect> {
    match previous {
        [first, ..] if first.host() != next.host() => Some(Redirect::OtherHost(next.clone())),
        all if all.len() > MOST_REDIRECTS => Some(Redirect::TooMany),
        [.., last] if last.scheme() == "https" && next.scheme() != "https" => {
            Some(Redirect::Unencrypted)
        }
        _ => None,
    }
}

/// Why a redirect is not followed.
#[derive(Debug)]
enum Redirect {
    OtherHost(Url),
    TooMany,
    Unencrypted,
}

impl std::error::Error for Redirect {}

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHost(url) => write!(
                f,
                "it leads to another host, {}, and such are not followed; if the CRL is there, write that URL",
                url.host_str().unwrap_or_default()
            ),
            Self::TooMany => write!(f, "it is the fourth, and {MOST_REDIRECTS} are followed"),
            Self::Unencrypted => f.write_str("it leads from https to http"),
        }
    }
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// There is no client to fetch with.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
    /// No connection came about.
    #[error(
        "no connection: {0}; is there a way from the function to it (subnets, security groups, a proxy)?"
    )]
    Connection(String),
    /// A redirect that is not followed.
    #[error("it answers with a redirect: {0}")]
    Redirect(String),
    /// The answer did not come to its end.
    #[error("it cannot be fetched: {0}")]
    Broken(String),
    /// It took too long.
    #[error("it was not there within {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// Another status than 200, or 304 that was not asked for.
    #[error("it answers {0}")]
    Status(StatusCode),
    /// It is encoded in another way than gzip.
    #[error("it is encoded in a way that was not asked for (Content-Encoding)")]
    Encoding,
    /// Longer than is read.
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLarge,
}

impl DownloadError {
    /// Without the URL, whose query may hold a password.
    fn of(error: reqwest::Error, limit: Duration) -> Self {
        let error = error.without_url();
        let causes = causes(std::error::Error::source(&error).unwrap_or(&error));
        match () {
            () if error.is_connect() => Self::Connection(causes),
            () if error.is_timeout() => Self::TooSlow(limit),
            () if error.is_redirect() => Self::Redirect(causes),
            () => Self::Broken(causes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_never_leaves_its_host_nor_encryption() {
        let is_followed = |from: &[&str], to: &str| {
            let from: Vec<Url> = from.iter().map(|url| url.parse().unwrap()).collect();
            fault(&from, &to.parse().unwrap()).is_none()
        };
        assert!(is_followed(&["http://ca.example/a"], "http://ca.example/b"));
        assert!(is_followed(&["http://ca.example/a"], "https://CA.example:8443/b"));
        assert!(is_followed(&["https://ca.example/a"], "https://ca.example/b"));
        assert!(!is_followed(&["https://ca.example/a"], "http://ca.example/a"));
        assert!(!is_followed(&["http://ca.example/a"], "http://ca.example.org/a"));
        assert!(!is_followed(&["http://ca.example/a"], "http://169.254.169.254/latest/meta-data/"));
        let back = ["http://ca.example/a", "https://ca.example/b"];
        assert!(!is_followed(&back, "http://ca.example/a"));
    }
}
