//! The answer to the load balancer, in the one form that it takes.
//!
//! Source: AWS, "Lambda functions as targets for Application Load Balancers". Anything else than what
//! it asks for is a bare 502 for the client, so the answer has a type of its own.

use std::{borrow::Cow, io};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct},
};

use crate::{
    aside::aside_if_large,
    event::HeaderMaps,
    forward::{
        gateway::GatewayResponse,
        headers::{self, CertHeaders},
    },
};

/// The most bytes of JSON that a load balancer takes from a function: 1 MB.
pub const MAX_JSON: usize = 1024 * 1024;

/// The most bytes of response headers that a load balancer takes: 32 K.
pub const MAX_HEADERS: usize = 32 * 1024;

/// A response as the load balancer wants it; serialize it as JSON.
#[derive(Debug)]
pub struct AlbResponse {
    maps: HeaderMaps,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl AlbResponse {
    /// A response of the function's own.
    pub fn new(maps: HeaderMaps, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self { maps, status, headers, body }
    }

    /// The gateway's response, without what concerns only the hop to it and what it echoes of the
    /// request. The body is byte for byte the gateway's.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] where the load balancer would not take it.
    pub fn from_gateway(
        response: GatewayResponse,
        maps: HeaderMaps,
        cert_headers: &CertHeaders,
    ) -> Result<Self, ResponseError> {
        let GatewayResponse { status, mut headers, body } = response;
        settle_length(status, &mut headers, &body);
        headers::scrub(&mut headers, cert_headers);
        Self::new(maps, status, headers, body).within_limits()
    }

    /// The status that the client sees.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn within_limits(self) -> Result<Self, ResponseError> {
        let length = |(name, value): (&HeaderName, _)| name.as_str().len() + text(value).len() + 4;
        let headers: usize = self.headers.iter().map(length).sum();
        if headers > MAX_HEADERS {
            return Err(ResponseError::HeadersTooLarge { bytes: headers });
        }
        // No byte of a body takes more than six in JSON, and no header more than twice what was just
        // counted, in either map: most answers need not be measured.
        const SURELY_FITS: usize = 128 * 1024;
        let fits = self.body.len() <= SURELY_FITS
            || self.json_length().is_some_and(|length| length <= MAX_JSON);
        match fits {
            true => Ok(self),
            false => Err(ResponseError::TooLarge { body: self.body.len() }),
        }
    }

    /// The bytes of JSON that the response will be: those around the body, and those of the body, which
    /// are counted without being written.
    fn json_length(&self) -> Option<usize> {
        let body = JsonBody::of(&self.body);
        let mut around = Counter(0);
        serde_json::to_writer(&mut around, &Json { response: self, body: body.emptied() }).ok()?;
        Some(around.0 + body.length())
    }

    /// Cookies that the single-value map has no place for, and that the client will not see.
    pub fn lost_cookies(&self) -> usize {
        match self.maps {
            HeaderMaps::Single | HeaderMaps::Unknown => {
                self.headers.get_all(header::SET_COOKIE).iter().count().saturating_sub(1)
            }
            HeaderMaps::Multi => 0,
        }
    }
}

impl Serialize for AlbResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        aside_if_large(self.body.len(), || {
            Json { response: self, body: JsonBody::of(&self.body) }.serialize(serializer)
        })
    }
}

/// A response as JSON, with its body or another.
struct Json<'a> {
    response: &'a AlbResponse,
    body: JsonBody<'a>,
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AlbResponse { maps, status, headers, .. } = self.response;
        let fields = if *maps == HeaderMaps::Unknown { 6 } else { 5 };
        let mut answer = serializer.serialize_struct("AlbResponse", fields)?;
        answer.serialize_field("statusCode", &status.as_u16())?;
        answer.serialize_field("statusDescription", &description(*status))?;
        if *maps != HeaderMaps::Multi {
            answer.serialize_field("headers", &Single(headers))?;
        }
        if *maps != HeaderMaps::Single {
            answer.serialize_field("multiValueHeaders", &Multi(headers))?;
        }
        answer.serialize_field("isBase64Encoded", &matches!(self.body, JsonBody::Base64(_)))?;
        answer.serialize_field("body", &self.body)?;
        answer.end()
    }
}

/// A body as JSON holds it.
enum JsonBody<'a> {
    /// As it is.
    Text(&'a str),
    /// What is no UTF-8.
    Base64(&'a [u8]),
}

impl<'a> JsonBody<'a> {
    fn of(body: &'a [u8]) -> Self {
        match str::from_utf8(body) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Base64(body),
        }
    }

    /// Nothing, in the same form.
    fn emptied(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(""),
            Self::Base64(_) => Self::Base64(b""),
        }
    }

    /// The bytes between its quotes, as `serde_json` writes them.
    fn length(&self) -> usize {
        match self {
            Self::Base64(bytes) => bytes.len().div_ceil(3) * 4,
            Self::Text(text) => {
                // In short pieces a processor counts many bytes at a time.
                let pieces = text.as_bytes().chunks(u8::MAX.into());
                let escaped = pieces.clone().map(|piece| count(piece, is_escaped));
                let spelled_out = pieces.map(|piece| count(piece, is_spelled_out));
                text.len() + escaped.sum::<usize>() + 4 * spelled_out.sum::<usize>()
            }
        }
    }
}

impl Serialize for JsonBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Base64(bytes) => serializer.collect_str(&Base64Display::new(bytes, &STANDARD)),
        }
    }
}

/// How many bytes of a piece are such; it has no more than a byte can count.
fn count(piece: &[u8], is_such: impl Fn(u8) -> bool) -> usize {
    piece.iter().fold(0_u8, |count, byte| count.wrapping_add(is_such(*byte).into())).into()
}

/// Whether JSON has a backslash before it, or instead of it.
fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// Whether it takes `\u` and four digits, as it has no letter of its own.
fn is_spelled_out(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, 0x08 | b'\t' | b'\n' | 0x0c | b'\r')
}

/// Lets the length that is told be the body's, or that of the body which the answer to HEAD and 304 leave
/// out. What came chunked may tell another, which does not count (RFC 9112 section 6.3).
fn settle_length(status: StatusCode, headers: &mut HeaderMap, body: &Bytes) {
    // RFC 9110 section 8.6 forbids it here.
    let is_no_content = status == StatusCode::NO_CONTENT;
    if is_no_content || headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
    } else if !body.is_empty() && headers.contains_key(header::CONTENT_LENGTH) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
}

fn description(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Unknown"))
}

/// One value a name: repeated ones are joined as RFC 9110 section 5.2 allows, but for cookies, of
/// which the first stays.
struct Single<'a>(&'a HeaderMap);

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.keys_len()))?;
        for name in self.0.keys() {
            let mut values = self.0.get_all(name).iter().map(text);
            let first = values.next().unwrap_or_default();
            if name == header::SET_COOKIE {
                map.serialize_entry(name.as_str(), &first)?;
                continue;
            }
            let joined =
                values.fold(first, |joined, value| Cow::Owned(format!("{joined}, {value}")));
            map.serialize_entry(name.as_str(), &joined)?;
        }
        map.end()
    }
}

/// A list of values a name.
struct Multi<'a>(&'a HeaderMap);

impl Serialize for Multi<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.keys_len()))?;
        for name in self.0.keys() {
            let values: Vec<_> = self.0.get_all(name).iter().map(text).collect();
            map.serialize_entry(name.as_str(), &values)?;
        }
        map.end()
    }
}

/// A header value as JSON can hold it: UTF-8 as it is, anything else as ISO-8859-1, which is what a
/// field value meant before it was opaque (RFC 9110 section 5.5).
fn text(value: &HeaderValue) -> Cow<'_, str> {
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Counts what is written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why the gateway's response cannot be passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Over [`MAX_HEADERS`].
    #[error("the gateway's answer has {bytes} bytes of headers; a load balancer takes 32 K")]
    HeadersTooLarge {
        /// Names, values and what separates them.
        bytes: usize,
    },
    /// Over [`MAX_JSON`] once it is JSON.
    #[error(
        "the gateway's answer, a body of {body} bytes, has more than 1 MB as the JSON that a load balancer takes from a function"
    )]
    TooLarge {
        /// The length of the body.
        body: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_as_it_is_written_whatever_byte_and_however_many() {
        for byte in 0..=u8::MAX {
            for count in [0, 1, 2, 3, 254, 255, 256, 1_000] {
                let body = Bytes::from(vec![byte; count]);
                let answer =
                    AlbResponse::new(HeaderMaps::Multi, StatusCode::OK, HeaderMap::new(), body);
                let json = serde_json::to_vec(&answer).unwrap();
                assert_eq!(answer.json_length(), Some(json.len()), "{byte:#04x}, {count} times");
            }
        }
    }
}
