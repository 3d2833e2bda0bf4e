use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::certificate_header::{Spelling, certificate_header};

/// Whether the target group delivers every value of a repeated header and query key, or the last alone.
/// The answer has to come back the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HeaderMode {
    /// `headers` and `queryStringParameters`: the last value wins. What a target group starts with.
    #[default]
    Single,
    /// `multiValueHeaders` and `multiValueQueryStringParameters`: every value, in order.
    Multi,
}

/// How a listener and its target group deliver requests to the function.
#[derive(Debug, Clone)]
pub struct EventSettings {
    /// The target group that the event names.
    pub target_group_arn: String,
    /// Multi-value headers off or on.
    pub header_mode: HeaderMode,
    /// The header that carries the presented chain; a listener attribute can rename it.
    pub certificate_header: String,
    /// How the chain is escaped in it.
    pub spelling: Spelling,
    /// The listener's port, for `x-forwarded-port`.
    pub port: u16,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            target_group_arn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/local/0123456789abcdef".to_owned(),
            header_mode: HeaderMode::default(),
            certificate_header: "x-amzn-mtls-clientcert".to_owned(),
            spelling: Spelling::default(),
            port: 443,
        }
    }
}

/// A request as it reached the listener.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, undecoded.
    pub path: String,
    /// What stands behind the `?`, undecoded.
    pub query: Option<String>,
    /// The client's headers, in order. With HTTP/2, `host` is what `:authority` says.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without its transfer encoding.
    pub body: Vec<u8>,
    /// The certificates that the client presented, leaf first, as DER. Nobody has verified them.
    pub chain: Vec<Vec<u8>>,
    /// The client's address.
    pub client: IpAddr,
    /// The identifier of the trace, see [`trace_id`](super::trace_id).
    pub trace_id: String,
}

/// An event could not be written.
#[derive(Debug, thiserror::Error)]
#[error("no JSON for the event: {0}")]
pub struct EventError(#[from] serde_json::Error);

impl EventSettings {
    /// The event for one request, as the bytes that the function is invoked with.
    ///
    /// Header values that are not UTF-8 become text byte by byte, each byte the character of that code
    /// (ISO 8859-1); what the load balancer does with them is not documented.
    pub fn event(&self, request: &Request) -> Result<Vec<u8>, EventError> {
        let headers = self.headers(request);
        let query = query(request.query.as_deref().unwrap_or_default());
        let (body, is_base64_encoded) = body(&headers, &request.body);
        let (single, multi) =
            (self.header_mode == HeaderMode::Single, self.header_mode == HeaderMode::Multi);
        let event = Event {
            request_context: RequestContext {
                elb: Elb { target_group_arn: &self.target_group_arn },
            },
            http_method: &request.method,
            path: &request.path,
            query_string_parameters: single.then_some(Last(&query)),
            multi_value_query_string_parameters: multi.then_some(All(&query)),
            headers: single.then_some(Last(&headers)),
            multi_value_headers: multi.then_some(All(&headers)),
            body,
            is_base64_encoded,
        };
        Ok(serde_json::to_vec(&event)?)
    }

    /// The client's headers and the load balancer's, by name.
    ///
    /// Nothing of the client's is removed on the way, a copy of the certificate header included: that AWS
    /// would do so is nowhere promised. The real one comes last.
    fn headers(&self, request: &Request) -> Values {
        let mut headers = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in &request.headers {
            headers.entry(name.to_ascii_lowercase()).or_default().push(text(value).into_owned());
        }
        let forwarded_for = match headers.get("x-forwarded-for") {
            Some(before) => format!("{}, {}", before.join(", "), request.client),
            None => request.client.to_string(),
        };
        let trace = match headers.get("x-amzn-trace-id").and_then(|values| values.last()) {
            Some(clients) => format!("Self={};{clients}", request.trace_id),
            None => format!("Root={}", request.trace_id),
        };
        let mut set = |name: &str, value: String| headers.insert(name.to_owned(), vec![value]);
        set("x-forwarded-for", forwarded_for);
        set("x-forwarded-proto", "https".to_owned());
        set("x-forwarded-port", self.port.to_string());
        set("x-amzn-trace-id", trace);
        // Of the load balancer's own making, and of no use to anybody behind it.
        set("x-imforwards", "20".to_owned());
        if !request.chain.is_empty() {
            let value = certificate_header(request.chain.iter().map(Vec::as_slice), self.spelling);
            headers.entry(self.certificate_header.to_ascii_lowercase()).or_default().push(value);
        }
        headers.into_iter().collect()
    }
}

/// Names with their values, both in order.
type Values = Vec<(String, Vec<String>)>;

/// Splits a query string without decoding it. `?a` and `?a=` come out alike.
fn query(raw: &str) -> Values {
    let mut values: Values = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match values.iter_mut().find(|(known, _)| known == key) {
            Some((_, all)) => all.push(value.to_owned()),
            None => values.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    values
}

/// The body for the event, and whether it is base64 there.
fn body<'a>(headers: &Values, body: &'a [u8]) -> (Cow<'a, str>, bool) {
    let value = |name| {
        headers.iter().find(|(known, _)| known == name).and_then(|(_, values)| values.last())
    };
    let textual = value("content-encoding").is_none()
        && value("content-type").is_some_and(|kind| is_textual(kind));
    match std::str::from_utf8(body) {
        Ok(text) if textual => (text.into(), false),
        // Text that is not UTF-8 has no place in JSON; that it then goes as base64 is a guess.
        _ => (STANDARD.encode(body).into(), true),
    }
}

fn is_textual(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
}

fn text(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) => text.into(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    }
}

/// The event, its members in the order that AWS's examples have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    request_context: RequestContext<'a>,
    http_method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Last<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<All<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Last<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<All<'a>>,
    body: Cow<'a, str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
struct RequestContext<'a> {
    elb: Elb<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Elb<'a> {
    target_group_arn: &'a str,
}

/// Each name with its last value.
struct Last<'a>(&'a Values);

impl Serialize for Last<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values.last())))
    }
}

/// Each name with all its values.
struct All<'a>(&'a Values);

impl Serialize for All<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

impl fmt::Display for HeaderMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Single => "single",
            Self::Multi => "multi",
        })
    }
}

impl FromStr for HeaderMode {
    type Err = UnknownHeaderMode;

    fn from_str(name: &str) -> Result<Self, UnknownHeaderMode> {
        match name {
            "single" => Ok(Self::Single),
            "multi" => Ok(Self::Multi),
            _ => Err(UnknownHeaderMode(name.to_owned())),
        }
    }
}

/// A header mode that target groups do not have.
#[derive(Debug, thiserror::Error)]
#[error("no header mode {0:?}; use single or multi")]
pub struct UnknownHeaderMode(String);

#[cfg(test)]
mod tests;
