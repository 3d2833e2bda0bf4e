use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::{Client, Url};

/// Where the Invoke API has a function: a local runtime serves just one, under this name.
const INVOKE_PATH: &str = "/2015-03-31/functions/function/invocations";
/// The response header that says that the function itself failed.
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// One call of the function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The identifier of the call.
    pub request_id: String,
    /// The event's JSON.
    pub event: Bytes,
}

/// The function that stands behind the load balancer.
#[derive(Clone)]
pub enum Target {
    /// A function in this process.
    InProcess(Function),
    /// A function behind an Invoke API, as AWS's and cargo-lambda's local runtimes serve it.
    Endpoint {
        /// Where events are posted to.
        url: Url,
        /// What posts them.
        client: Client,
    },
}

type Function =
    Arc<dyn Fn(Invocation) -> Pin<Box<dyn Future<Output = Answered> + Send>> + Send + Sync>;
type Answered = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The URL is none, or not one of plain HTTP.
    #[error(
        "{url:?} is not a URL to post events to: {reason}; give one such as http://127.0.0.1:3001"
    )]
    Url {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No HTTP client could be made.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
    /// The Invoke API was not reached, or broke off.
    #[error("no answer from {url}: {reason}; is the local runtime running?")]
    Unreachable {
        /// Where the event was posted to.
        url: Url,
        /// The failure and its causes.
        reason: String,
    },
    /// The Invoke API refused the call.
    #[error("{url} answered {status}: {body}")]
    Refused {
        /// Where the event was posted to.
        url: Url,
        /// The status.
        status: u16,
        /// The body, as text.
        body: String,
    },
    /// The function ended with an error instead of an answer.
    #[error("the function failed ({kind}): {body}")]
    Function {
        /// `Unhandled`, or the like.
        kind: String,
        /// The error that it reported.
        body: String,
    },
}

impl Target {
    /// A function in this process.
    pub fn in_process<F, A>(function: F) -> Self
    where
        F: Fn(Invocation) -> A + Send + Sync + 'static,
        A: Future<Output = Answered> + Send + 'static,
    {
        Self::InProcess(Arc::new(move |invocation| Box::pin(function(invocation))))
    }

    /// A function behind the Invoke API at `url`, whose path may be left out.
    pub fn endpoint(url: &str) -> Result<Self, InvokeError> {
        let refused = |reason: String| InvokeError::Url { url: url.to_owned(), reason };
        let mut parsed = Url::parse(url).map_err(|error| refused(error.to_string()))?;
        if parsed.scheme() != "http" {
            return Err(refused(format!("its scheme is {}", parsed.scheme())));
        }
        if parsed.path() == "/" {
            parsed.set_path(INVOKE_PATH);
        }
        let client = Client::builder().no_proxy().build().map_err(InvokeError::Client)?;
        Ok(Self::Endpoint { url: parsed, client })
    }

    /// Calls the function once.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Vec<u8>, InvokeError> {
        match self {
            Self::InProcess(function) => function(invocation).await.map_err(|error| {
                InvokeError::Function { kind: "Unhandled".to_owned(), body: causes(error.as_ref()) }
            }),
            Self::Endpoint { url, client } => post(client, url, invocation).await,
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess(_) => f.write_str("InProcess"),
            Self::Endpoint { url, .. } => write!(f, "Endpoint({url})"),
        }
    }
}

async fn post(client: &Client, url: &Url, invocation: Invocation) -> Result<Vec<u8>, InvokeError> {
    let unreachable = |error: reqwest::Error| InvokeError::Unreachable {
        url: url.clone(),
        reason: causes(&error.without_url()),
    };
    let request =
        client.post(url.clone()).header("content-type", "application/json").body(invocation.event);
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let kind = response
        .headers()
        .get(FUNCTION_ERROR)
        .map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
    let body = response.bytes().await.map_err(unreachable)?;
    let text = || String::from_utf8_lossy(&body).into_owned();
    match kind {
        Some(kind) => Err(InvokeError::Function { kind, body: text() }),
        None if status.is_success() => Ok(body.to_vec()),
        None => {
            Err(InvokeError::Refused { url: url.clone(), status: status.as_u16(), body: text() })
        }
    }
}

/// An error with what caused it, in one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
