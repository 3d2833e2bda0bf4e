//! The same job as it is done most readily: `lambda_http`, `reqwest` and the AWS SDK as they come, the trust bundle
//! fetched at start, and each client's chain verified by `rustls-webpki`, for each request.
//!
//! `GATEWAY_URL` is the gateway, `TRUST_BUNDLE_SECRETS` the name of one secret with the PEM of CA certificates.

use std::env;

use aws_config::BehaviorVersion;
use lambda_http::{
    Error, Request, Response, http::StatusCode, run, service_fn, tracing, tracing::info,
};
use pem::{EncodeConfig, LineEnding, Pem};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Body;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

const CLIENT_CERT_HEADER: &str = "x-amzn-mtls-clientcert";

/// All but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let proxy = Proxy {
        gateway: env::var("GATEWAY_URL")?,
        client: reqwest::Client::new(),
        anchors: anchors(&trust_bundle().await?)?,
    };
    run(service_fn(|request| proxy.handle(request))).await
}

/// The text of the secret.
async fn trust_bundle() -> Result<String, Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let name = env::var("TRUST_BUNDLE_SECRETS")?;
    let secret = secrets.get_secret_value().secret_id(name).send().await?;
    Ok(secret.secret_string.ok_or("the secret holds no text")?)
}

fn anchors(bundle: &str) -> Result<Vec<TrustAnchor<'static>>, Error> {
    let anchor = |ca: Pem| -> Result<_, Error> {
        Ok(anchor_from_trusted_cert(&CertificateDer::from(ca.into_contents()))?.to_owned())
    };
    pem::parse_many(bundle)?.into_iter().map(anchor).collect()
}

/// Everything that outlives a request.
struct Proxy {
    gateway: String,
    client: reqwest::Client,
    anchors: Vec<TrustAnchor<'static>>,
}

impl Proxy {
    async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = match self.verified(&request) {
            Ok(certificate) => self.forward(request, &certificate).await?,
            Err(error) => {
                tracing::warn!(error, "client refused");
                Response::builder().status(StatusCode::UNAUTHORIZED).body(Body::default())?
            }
        };
        info!(%method, path, status = response.status().as_u16(), "request");
        Ok(response)
    }

    /// The client's certificate as the gateway reads it, where its chain leads to an anchor now.
    fn verified(&self, request: &Request) -> Result<String, Error> {
        let header = request.headers().get(CLIENT_CERT_HEADER).ok_or("no certificate")?;
        let chain = pem::parse_many(&*percent_decode_str(header.to_str()?).decode_utf8()?)?;
        let (leaf, intermediates) = chain.split_first().ok_or("no certificate")?;
        let intermediates: Vec<_> =
            intermediates.iter().map(|it| CertificateDer::from(it.contents())).collect();
        let der = CertificateDer::from(leaf.contents());
        EndEntityCert::try_from(&der)?.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &self.anchors,
            &intermediates,
            UnixTime::now(),
            KeyUsage::client_auth(),
            None,
            None,
        )?;
        let text = pem::encode_config(leaf, EncodeConfig::new().set_line_ending(LineEnding::LF));
        Ok(utf8_percent_encode(&text, RESERVED).to_string())
    }

    async fn forward(&self, request: Request, certificate: &str) -> Result<Response<Body>, Error> {
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(CLIENT_CERT_HEADER, certificate.parse()?);
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let answer = self
            .client
            .request(parts.method, format!("{}{target}", self.gateway))
            .headers(parts.headers)
            .body(body.to_vec())
            .send()
            .await?;

        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        Ok(response.body(answer.bytes().await?.into())?)
    }
}
