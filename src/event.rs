//! The ALB event: what the load balancer delivered, unchanged and in its order.
//!
//! A [`Delivery`] is whatever came in; reading it never fails as far as the Lambda runtime can see,
//! because an error there is a bare 502 for the client. An [`Event`] is a delivery that HTTP allows.
//! Source: AWS, "Lambda functions as targets for Application Load Balancers", and captures.

mod json;
mod listener;
mod preflight;
mod target_group;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use self::json::{Pairs, Text};
pub use self::{
    json::Delivery,
    listener::{Entrance, ListenerError},
    target_group::TargetGroup,
};

/// Which of its two pairs of maps the load balancer filled. The answer has to use the same one, or
/// the client gets a bare 502.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderMaps {
    /// `headers`: one value a name; of repeated headers only the last one is here.
    Single,
    /// `multiValueHeaders`: the target group has `lambda.multi_value_headers.enabled`.
    Multi,
    /// Neither, both, or reading ended before it could be seen: the answer has both, as those of
    /// `lambda_http` always do, and the load balancer takes the one that it looks for.
    Unknown,
}

/// A request as the load balancer delivered it.
///
/// Not guaranteed: that the path and query form a request target that HTTP can carry; that is for
/// [`GatewayRequest`](crate::forward::GatewayRequest) to say.
#[derive(Debug)]
pub struct Event {
    /// The request's method.
    pub method: Method,
    /// The path, raw: never decoded, never normalised.
    pub path: String,
    /// Query keys and values, raw and in the order of the event.
    pub query: Vec<(String, String)>,
    /// The headers; values are bytes and need not be UTF-8.
    pub headers: HeaderMap,
    /// The body, taken out of base64 where it was in it.
    pub body: Bytes,
    /// The ARN of the target group that the load balancer delivers for.
    pub target_group: Option<String>,
}

impl Event {
    /// Whether this is the target group's own health check: its user agent, and no sign of having
    /// passed a listener. Both can be forged by whoever may invoke the function, so nothing depends
    /// on it but the answer.
    pub fn is_health_check(&self) -> bool {
        let agent = self.headers.get(header::USER_AGENT);
        agent.is_some_and(|agent| agent.as_bytes().starts_with(b"ELB-HealthChecker/2.0"))
            && !self.headers.contains_key("x-forwarded-proto")
    }
}

impl Delivery {
    /// Reads the delivery as an HTTP request.
    ///
    /// # Errors
    ///
    /// [`EventError`], naming what HTTP or the event's format does not allow.
    pub fn read(self) -> Result<Event, EventError> {
        if let Some(fault) = self.fault {
            return Err(EventError::Unreadable(fault));
        }
        let event = self.fields;
        let target_group = event.target_group().map_err(|_| EventError::Context)?;
        let query = pairs(
            event.query,
            event.multi_query,
            ("queryStringParameters", "multiValueQueryStringParameters"),
        )?;
        let headers = pairs(event.headers, event.multi_headers, ("headers", "multiValueHeaders"))?;
        Ok(Event {
            method: method(&event.method.ok_or(EventError::Absent("httpMethod"))?.0)?,
            path: text(event.path.ok_or(EventError::Absent("path"))?.0, "path")?,
            query: query
                .unwrap_or_default()
                .into_parts()
                .map(|(key, value)| Ok((text(key.into(), "query")?, text(value.into(), "query")?)))
                .collect::<Result<_, _>>()?,
            headers: header_map(headers.ok_or(EventError::Absent("headers"))?)?,
            body: body(event.body, event.is_base64_encoded)?,
            target_group,
        })
    }

    /// The pair of maps that the answer has to use; known of every delivery that can be read as a
    /// request, and of others as far as it could be read.
    pub fn header_maps(&self) -> HeaderMaps {
        match (&self.fields.headers, &self.fields.multi_headers) {
            (Some(_), None) => HeaderMaps::Single,
            (None, Some(_)) => HeaderMaps::Multi,
            _ => HeaderMaps::Unknown,
        }
    }
}

/// The one of two maps that is there.
fn pairs(
    single: Option<Pairs>,
    multi: Option<Pairs>,
    names: (&'static str, &'static str),
) -> Result<Option<Pairs>, EventError> {
    match (single, multi) {
        (Some(_), Some(_)) => Err(EventError::Both(names.0, names.1)),
        (one, other) => Ok(one.or(other)),
    }
}

fn method(name: &[u8]) -> Result<Method, EventError> {
    Method::from_bytes(name).map_err(|_| EventError::Method(shown(name)))
}

fn text(bytes: Vec<u8>, field: &'static str) -> Result<String, EventError> {
    String::from_utf8(bytes)
        .map_err(|error| EventError::NotUtf8 { field, at: error.utf8_error().valid_up_to() })
}

fn header_map(pairs: Pairs) -> Result<HeaderMap, EventError> {
    let mut headers =
        HeaderMap::try_with_capacity(pairs.len()).map_err(|_| EventError::TooManyHeaders)?;
    for (name, value) in pairs.into_parts() {
        let name =
            HeaderName::from_bytes(&name).map_err(|_| EventError::HeaderName(shown(&name)))?;
        let value = HeaderValue::from_maybe_shared(value)
            .map_err(|_| EventError::HeaderValue(name.clone()))?;
        headers.try_append(name, value).map_err(|_| EventError::TooManyHeaders)?;
    }
    if headers.get_all(header::HOST).iter().count() > 1 {
        return Err(EventError::Hosts);
    }
    Ok(headers)
}

fn body(body: Option<Text>, is_base64_encoded: bool) -> Result<Bytes, EventError> {
    let Text(body) = body.unwrap_or_default();
    if !is_base64_encoded {
        return Ok(body.into());
    }
    STANDARD.decode(body).map(Bytes::from).map_err(EventError::Base64)
}

/// Bytes that a client wrote, fit for a log line: escaped and bounded.
fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 64;
    bytes.iter().take(SHOWN).flat_map(|byte| byte.escape_ascii()).map(char::from).collect()
}

/// Why a delivery is no HTTP request.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The delivery is not an ALB event in JSON.
    #[error("the event cannot be read as one of a load balancer: {0}")]
    Unreadable(String),
    /// What says where the event comes from is written in another way than a load balancer's.
    #[error("the event's requestContext cannot be read as one of a load balancer")]
    Context,
    /// A field that every event has is not there.
    #[error(
        "the event has no {0}; is the function invoked by something else than a load balancer?"
    )]
    Absent(&'static str),
    /// Both maps of a pair are there, and they could say different things.
    #[error("the event has both {0} and {1}; a load balancer sends one of them")]
    Both(&'static str, &'static str),
    /// Not a method that HTTP allows.
    #[error("\"{0}\" is no HTTP method")]
    Method(String),
    /// A path or query that is not text.
    #[error("the {field} is not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// `path` or `query`.
        field: &'static str,
        /// Offset of the first byte that does not fit.
        at: usize,
    },
    /// A header name that HTTP does not allow (RFC 9110 section 5.1).
    #[error("\"{0}\" is no HTTP header name")]
    HeaderName(String),
    /// A header value that HTTP does not allow (RFC 9110 section 5.5); it is not repeated here.
    #[error("the value of header {0} holds a byte that HTTP does not allow in it")]
    HeaderValue(HeaderName),
    /// RFC 9112 section 3.2 has one.
    #[error("the request names more than one host")]
    Hosts,
    /// More headers than any load balancer lets through.
    #[error("the event has more than 24,000 headers")]
    TooManyHeaders,
    /// The body says that it is base64 and is not.
    #[error("the body is marked as base64 and is not: {0}")]
    Base64(base64::DecodeError),
}
