//! The S3 stand-in: `GetObject` over a folder, as far as the function asks for it.
//!
//! There is one bucket. Its objects are the files of a directory, as they are at the time of a request; nothing
//! writes to it. Requests have the bucket in their path, and may have a condition (`If-None-Match`) and a range
//! from one byte to the end. Everything else is answered with an error as S3 words it. Whoever signs a request,
//! and with what, does not matter.

use std::{
    convert::Infallible,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_config::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE},
};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;

use crate::{
    pki::fingerprint,
    server::{Connection, Server},
};

/// The bucket's name.
const BUCKET: &str = "local-crls";
const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// A running S3 with one bucket. Dropping it ends it.
#[derive(Debug)]
pub struct Bucket {
    server: Server,
}

impl Bucket {
    /// Starts to serve the files of a directory; not those of folders in it, and none whose name begins with a dot.
    pub async fn start(address: SocketAddr, directory: PathBuf) -> io::Result<Self> {
        let directory = Arc::<Path>::from(directory);
        let server =
            Server::start(address, move |connection| serve(connection, Arc::clone(&directory)))
                .await?;
        Ok(Self { server })
    }

    /// The endpoint URL, for `AWS_ENDPOINT_URL_S3`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The bucket, for `TRUST_CRLS`.
    #[must_use]
    pub fn location(&self) -> String {
        format!("s3://{BUCKET}/")
    }

    /// How the SDK is configured, with S3 here and everything else where `config` has it.
    #[must_use]
    pub fn beside(&self, config: &SdkConfig) -> SdkConfig {
        config.to_builder().service_config(Here(self.url())).build()
    }
}

/// What `AWS_ENDPOINT_URL_S3` says to other processes.
#[derive(Debug)]
struct Here(String);

impl LoadServiceConfig for Here {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.service_id() == "S3" && key.env() == "AWS_ENDPOINT_URL").then(|| self.0.clone())
    }
}

async fn serve(connection: Connection, directory: Arc<Path>) {
    let service = service_fn(move |request| {
        let directory = Arc::clone(&directory);
        async move { Ok::<_, Infallible>(handle(directory, &request).await) }
    });
    let http = http1::Builder::new().serve_connection(TokioIo::new(connection.stream), service);
    if let Err(error) = connection.watcher.watch(http).await {
        tracing::debug!(%error, "a connection to S3 ended badly");
    }
}

async fn handle(directory: Arc<Path>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let answered = async {
        let question = Question::read(request)?;
        let content = content(directory.join(&question.file)).await?;
        question.answer(content)
    };
    answered.await.unwrap_or_else(S3Error::response)
}

/// A file may be large, and others are served meanwhile.
async fn content(path: PathBuf) -> Result<Bytes, S3Error> {
    let shown = path.display().to_string();
    let content = tokio::task::spawn_blocking(|| fs::read(path)).await.map_err(io::Error::other);
    match content.flatten() {
        Ok(content) => Ok(content.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(S3Error::NoSuchKey),
        Err(error) => {
            tracing::warn!(%error, "S3 cannot read {shown}");
            Err(S3Error::Unreadable)
        }
    }
}

/// A `GetObject`.
struct Question {
    file: String,
    etag: Option<HeaderValue>,
    from: Option<usize>,
}

impl Question {
    fn read<T>(request: &Request<T>) -> Result<Self, S3Error> {
        let (uri, headers) = (request.uri(), request.headers());
        if request.method() != Method::GET {
            return Err(S3Error::Method);
        }
        let path = uri.path().strip_prefix('/').unwrap_or_default();
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        match (bucket == BUCKET, key, uri.query()) {
            (false, ..) => return Err(S3Error::NoSuchBucket),
            (true, "", _) | (true, _, Some(_)) => return Err(S3Error::Operation),
            (true, _, None) => {}
        }
        // One way to write each name, and no way out of the folder.
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if key.starts_with('.') || !key.bytes().all(is_safe) {
            return Err(S3Error::NoSuchKey);
        }
        let from = headers.get(RANGE).map(first_byte).transpose()?;
        Ok(Self { file: key.to_owned(), etag: headers.get(IF_NONE_MATCH).cloned(), from })
    }

    fn answer(&self, content: Bytes) -> Result<Response<Full<Bytes>>, S3Error> {
        let etag = format!("\"{}\"", fingerprint(&content));
        let is_known = self.etag.as_ref().is_some_and(|known| known.as_bytes() == etag.as_bytes());
        let response = Response::builder().header(ETAG, etag);
        let length = content.len();
        let answer = match self.from {
            _ if is_known => response.status(StatusCode::NOT_MODIFIED).body(Full::default()),
            None => response.body(Full::from(content)),
            Some(from) if from < length => response
                .status(StatusCode::PARTIAL_CONTENT)
                .header(CONTENT_RANGE, format!("bytes {from}-{}/{length}", length - 1))
                .body(Full::from(content.slice(from..))),
            Some(_) => return Err(S3Error::Range),
        };
        answer.map_err(|_| S3Error::Unreadable)
    }
}

/// The N of `bytes=N-`, which is the one kind of range that is known here (RFC 9110 section 14.1.2).
fn first_byte(range: &HeaderValue) -> Result<usize, S3Error> {
    let range = range.to_str().ok();
    let first = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    let first = first.filter(|first| first.bytes().all(|byte| byte.is_ascii_digit()));
    first.and_then(|first| first.parse().ok()).ok_or(S3Error::RangeForm)
}

/// What is answered instead of an object
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum S3Error {
    #[error("only GET is spoken here: the bucket is a folder, and is read alone")]
    Method,
    #[error("only GetObject is spoken here: a path /{BUCKET}/NAME without parameters")]
    Operation,
    #[error("only a range from one byte to the end is spoken here: bytes=N-")]
    RangeForm,
    #[error("The requested range is not satisfiable")]
    Range,
    #[error("The specified bucket does not exist: the one that there is is called {BUCKET}")]
    NoSuchBucket,
    #[error("The specified key does not exist.")]
    NoSuchKey,
    #[error("the file of this name cannot be read")]
    Unreadable,
}

impl S3Error {
    fn code(self) -> (StatusCode, &'static str) {
        match self {
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Self::Operation | Self::RangeForm => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            Self::Range => (StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
            Self::NoSuchBucket => (StatusCode::NOT_FOUND, "NoSuchBucket"),
            Self::NoSuchKey => (StatusCode::NOT_FOUND, "NoSuchKey"),
            Self::Unreadable => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let (status, code) = self.code();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{self}</Message></Error>"
        );
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, XML);
        response
    }
}

#[cfg(test)]
mod tests;
