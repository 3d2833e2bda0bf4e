//! The least that could stand where the function stands: it takes the load balancer's event, sends the request to the
//! gateway, and gives back the answer. It looks at no certificate, checks nothing, removes nothing and sets no limit; what
//! goes wrong is an error of the invocation.
//!
//! It is there to be fast: what the function takes over this is what the function's own work costs. So it is made of
//! the same parts (runtime, HTTP client, one thread), and copies nothing that it does not have to.
//!
//! `GATEWAY_URL` is the gateway, `http://HOST:PORT` or `https://HOST:PORT`; for the latter `CA_FILE` has the
//! PEM of whom to trust.

mod line;

use std::{
    collections::HashMap,
    env,
    sync::Arc,
    time::{Instant, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde::{Deserialize, Serialize, Serializer};

use crate::line::Line;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let gateway = env::var("GATEWAY_URL")?;
    let client = Client::builder(TokioExecutor::new());
    match gateway.starts_with("https:") {
        true => Floor { client: client.build(https()?), gateway }.serve().await,
        false => Floor { client: client.build(tcp()), gateway }.serve().await,
    }
}

/// Everything that outlives a request.
struct Floor<C> {
    client: Client<C, Full<Bytes>>,
    gateway: String,
}

impl<C: Connect + Clone + Send + Sync + 'static> Floor<C> {
    async fn serve(self) -> Result<(), Error> {
        let floor = Arc::new(self);
        let handler = service_fn(move |event: LambdaEvent<Event>| {
            let floor = Arc::clone(&floor);
            async move { floor.handle(event).await }
        });
        Runtime::new(handler).run_concurrent().await
    }

    async fn handle(&self, event: LambdaEvent<Event>) -> Result<Answer, Error> {
        let (at, began) = (SystemTime::now(), Instant::now());
        let LambdaEvent { payload: event, context } = event;
        let uri = event.uri(&self.gateway)?;
        let Event { http_method, path, multi_value_headers, body, is_base64_encoded, .. } = event;
        let body = if is_base64_encoded { STANDARD.decode(body)? } else { body.into() };
        // hyper adds the length of the body where the headers have none.
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = http_method.parse()?;
        *request.uri_mut() = uri;
        *request.headers_mut() = header_map(multi_value_headers)?;

        let sent = Instant::now();
        let (parts, body) = self.client.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        let gateway = sent.elapsed();

        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) => (text, false),
            Err(error) => (STANDARD.encode(error.as_bytes()), true),
        };
        let (request_id, status) = (&context.request_id, parts.status.as_u16());
        let duration = began.elapsed();
        Line { at, request_id, method: &http_method, path: &path, status, gateway, duration }
            .write()?;
        Ok(Answer {
            status_code: status,
            status_description: parts.status.to_string(),
            multi_value_headers: parts.headers,
            is_base64_encoded,
            body,
        })
    }
}

/// The event, as far as a request is made of it. The order of headers and query parameters is not kept.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    http_method: String,
    path: String,
    #[serde(default)]
    multi_value_query_string_parameters: HashMap<String, Vec<String>>,
    multi_value_headers: HashMap<String, Vec<String>>,
    body: String,
    is_base64_encoded: bool,
}

impl Event {
    fn uri(&self, gateway: &str) -> Result<Uri, Error> {
        let mut uri = format!("{gateway}{}", self.path);
        let mut separator = '?';
        for (key, values) in &self.multi_value_query_string_parameters {
            for value in values {
                uri.push(separator);
                uri.push_str(key);
                uri.push('=');
                uri.push_str(value);
                separator = '&';
            }
        }
        Ok(uri.try_into()?)
    }
}

fn header_map(all: HashMap<String, Vec<String>>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(all.len());
    for (name, values) in all {
        let name = HeaderName::try_from(name)?;
        for value in values {
            headers.append(&name, HeaderValue::try_from(value)?);
        }
    }
    Ok(headers)
}

/// The answer to the load balancer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    status_description: String,
    #[serde(serialize_with = "lists")]
    multi_value_headers: HeaderMap,
    is_base64_encoded: bool,
    body: String,
}

fn lists<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let list = |name| headers.get_all(name).iter().map(text).collect::<Vec<_>>();
    serializer.collect_map(headers.keys().map(|name| (name.as_str(), list(name))))
}

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp
}

fn https() -> Result<HttpsConnector<HttpConnector>, Error> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(env::var("CA_FILE")?)? {
        roots.add(root?)?;
    }
    let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1();
    Ok(https.wrap_connector(tcp()))
}
