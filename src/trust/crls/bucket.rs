//! The bucket that holds the CRLs: two kinds of `GetObject`, signed by the SDK's signer over connections of ours.
//!
//! `aws-sdk-s3` has a hundred operations, and checksums, retries and rules for each: it was measured, and
//! docs/design.md says what it would cost.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ETAG, IF_NONE_MATCH, RANGE},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use tower::BoxError;

use super::{
    error::CrlsError,
    location::CrlLocation,
    manifest::{Listed, Manifest},
};
use crate::{
    causes::causes,
    certificate::identity,
    https::{self, HttpsClient},
    secrets::manager,
};

/// The most bytes of a manifest: far more than one of 64 CRLs has.
const MOST_OF_MANIFEST: usize = 1024 * 1024;

/// Reads the objects of one [`CrlLocation`].
pub(super) struct Bucket {
    location: CrlLocation,
    https: HttpsClient<Empty<Bytes>>,
    /// Without a slash at its end.
    endpoint: String,
    region: String,
    credentials: Option<SharedCredentialsProvider>,
}

/// A manifest, and the marks by which it is known again.
pub(super) struct Marked {
    pub(super) manifest: Manifest,
    etag: Option<HeaderValue>,
    sha256: String,
}

impl Bucket {
    /// Connects to nothing yet. Of `config` it takes region, credentials and endpoint.
    pub(super) fn new(location: CrlLocation, config: &SdkConfig) -> Result<Self, rustls::Error> {
        Ok(Self {
            location,
            https: https::aws_client()?,
            endpoint: endpoint(config),
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            credentials: config.credentials_provider(),
        })
    }

    /// The manifest; `None` where it is still the one that is known.
    pub(super) async fn manifest(
        &self,
        known: Option<&Marked>,
    ) -> Result<Option<Marked>, CrlsError> {
        let key = self.location.manifest();
        let etag = known.and_then(|known| known.etag.clone());
        let condition = etag.map(|etag| (IF_NONE_MATCH, etag));
        let answer = self.get(&key, HeaderMap::from_iter(condition)).await?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::OK => {}
            _ => return Err(self.refused(&key, answer).await),
        }
        let etag = answer.headers().get(ETAG).cloned();
        let body = Limited::new(answer.into_body(), MOST_OF_MANIFEST).collect().await;
        let json = body.map_err(|error| self.unreachable(&key, &*error))?.to_bytes();
        let sha256 = identity::sha256(&json);
        if known.is_some_and(|known| known.sha256 == sha256) {
            return Ok(None);
        }
        let manifest = Manifest::read(&json)
            .map_err(|error| CrlsError::Manifest { object: self.name(&key), error })?;
        Ok(Some(Marked { manifest, etag, sha256 }))
    }

    /// The bytes of a CRL from one of them on: an attempt may have got so far.
    pub(super) async fn crl(
        &self,
        crl: &Listed,
        from: u64,
    ) -> Result<Response<Incoming>, CrlsError> {
        let key = self.location.object(crl);
        let range = HeaderValue::try_from(format!("bytes={from}-")).ok();
        let range = range.filter(|_| from > 0).map(|range| (RANGE, range));
        let expected = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let answer = self.get(&key, HeaderMap::from_iter(range)).await?;
        match answer.status() {
            status if status == expected => Ok(answer),
            _ => Err(self.refused(&key, answer).await),
        }
    }

    /// How the object of a CRL is called in messages.
    pub(super) fn name_of(&self, crl: &Listed) -> String {
        self.name(&self.location.object(crl))
    }

    /// That the bytes of a CRL have come to an end too soon.
    pub(super) fn broken(&self, crl: &Listed, error: &hyper::Error) -> CrlsError {
        self.unreachable(&self.location.object(crl), error)
    }

    fn name(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.location.bucket())
    }

    /// Asks twice, where no answer came the first time: a connection that was there may have been closed while the
    /// environment was frozen.
    async fn get(&self, key: &str, headers: HeaderMap) -> Result<Response<Incoming>, CrlsError> {
        let request = || async {
            let request = self.request(key, &headers).await?;
            Ok::<_, BoxError>(self.https.request(request).await?)
        };
        let answer = match request().await {
            Err(_) => request().await,
            answer => answer,
        };
        answer.map_err(|error| self.unreachable(key, &*error))
    }

    async fn request(
        &self,
        key: &str,
        headers: &HeaderMap,
    ) -> Result<Request<Empty<Bytes>>, BoxError> {
        // With the bucket in the path, since a name with dots fits no certificate of a host's.
        let uri = format!("{}/{}/{key}", self.endpoint, self.location.bucket());
        let mut request = Request::builder().method(Method::GET).uri(uri).body(Empty::new())?;
        *request.headers_mut() = headers.clone();
        let Some(credentials) = &self.credentials else {
            return Err("there are no credentials".into());
        };
        let identity = credentials.provide_credentials().await?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(signing())
            .build()?
            .into();
        let uri = request.uri().to_string();
        let signable =
            SignableRequest::new("GET", &uri, std::iter::empty(), SignableBody::empty())?;
        let (signature, _) = sign(signable, &params)?.into_parts();
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn unreachable(&self, key: &str, error: &(dyn std::error::Error + 'static)) -> CrlsError {
        CrlsError::Unreachable { object: self.name(key), reason: causes(error) }
    }

    /// What S3 says of its reasons: a code, in XML.
    async fn refused(&self, key: &str, answer: Response<Incoming>) -> CrlsError {
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MOST_OF_MANIFEST).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let is_word =
            |code: &&str| code.len() < 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let code = code.map(|(code, _)| code).filter(is_word).map(str::to_owned);
        CrlsError::Refused { object: self.name(key), status, code }
    }
}

/// Where S3 answers (<https://docs.aws.amazon.com/general/latest/gr/s3.html>). In a partition of AWS that is not
/// known here, the setting of the SDKs has to say it.
fn endpoint(config: &SdkConfig) -> String {
    if let Some(given) = manager::endpoint(config, "S3") {
        return given.trim_end_matches('/').to_owned();
    }
    let region = config.region().map(AsRef::as_ref).unwrap_or_default();
    let service = if config.use_fips() == Some(true) { "s3-fips" } else { "s3" };
    let stack = if config.use_dual_stack() == Some(true) { ".dualstack" } else { "" };
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}{stack}.{region}.{suffix}")
}

/// S3 takes paths as they are sent, and wants to be told the digest of a body
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
fn signing() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}
