use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::event::HeaderMode;
use super::limits::{MEGABYTE, RESPONSE_HEADERS, header_length};

/// An answer of the function that the load balancer passes on.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; the description beside it is checked and then unused.
    pub status: StatusCode,
    /// The headers. The order of different names is not the function's.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Bytes,
}

/// Why the load balancer refuses an answer. The client gets a bare 502 and learns nothing of this.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too large.
    #[error("the answer's JSON has {size} bytes; a load balancer takes {MEGABYTE}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Not JSON.
    #[error("the answer is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// JSON, but no object.
    #[error("the answer is not a JSON object")]
    NotAnObject,
    /// No status that HTTP knows.
    #[error("statusCode is {found}; it has to be a whole number from 100 to 599")]
    StatusCode {
        /// What stands there.
        found: String,
    },
    /// A status that ends no exchange.
    #[error("statusCode is {status}, which announces an answer and is none")]
    Informational {
        /// The status, from 100 to 199.
        status: StatusCode,
    },
    /// A description that is no text.
    #[error("statusDescription is {found}; give a text such as \"200 OK\", or leave it out")]
    StatusDescription {
        /// What stands there.
        found: String,
    },
    /// The headers came in the other variant.
    #[error("the answer has {given} but no {wanted}, which is how the request was delivered")]
    OtherVariant {
        /// The member that is there.
        given: &'static str,
        /// The member that is missing.
        wanted: &'static str,
    },
    /// The header map is no map.
    #[error("{member} is not a JSON object")]
    HeaderMap {
        /// `headers` or `multiValueHeaders`.
        member: &'static str,
    },
    /// A header value of the wrong type.
    #[error("{member}[{name:?}] is not {wanted}")]
    HeaderType {
        /// `headers` or `multiValueHeaders`.
        member: &'static str,
        /// The header.
        name: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A header name that HTTP does not allow.
    #[error("{name:?} is not a header name")]
    HeaderName {
        /// The name.
        name: String,
    },
    /// A header value that HTTP does not allow.
    #[error("the value of {name:?} is not a header value: {value:?}")]
    HeaderValue {
        /// The header.
        name: String,
        /// Its value.
        value: String,
    },
    /// Too many headers, or too long ones.
    #[error("the answer's headers have {size} bytes; a load balancer takes {RESPONSE_HEADERS}")]
    HeadersTooLarge {
        /// Their size in bytes.
        size: usize,
    },
    /// A body that is no text.
    #[error("body is not a string")]
    Body,
    /// A flag that is none.
    #[error("isBase64Encoded is neither true nor false")]
    Flag,
    /// A body that is not what the flag says.
    #[error("isBase64Encoded is true and body is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
}

impl Answer {
    /// Checks what the function returned, for a request that was delivered in `mode`.
    pub fn check(json: &[u8], mode: HeaderMode) -> Result<Self, Refusal> {
        if json.len() > MEGABYTE {
            return Err(Refusal::TooLarge { size: json.len() });
        }
        let Value::Object(answer) = serde_json::from_slice(json)? else {
            return Err(Refusal::NotAnObject);
        };
        if let Some(found) = answer.get("statusDescription").filter(|found| !found.is_string()) {
            return Err(Refusal::StatusDescription { found: found.to_string() });
        }
        Ok(Self {
            status: status(&answer)?,
            headers: headers(&answer, mode)?,
            body: body(&answer)?,
        })
    }
}

fn status(answer: &Map<String, Value>) -> Result<StatusCode, Refusal> {
    let found = answer.get("statusCode");
    let number = found.and_then(Value::as_u64).filter(|number| (100..=599).contains(number));
    let code = number.and_then(|number| u16::try_from(number).ok()).map(StatusCode::from_u16);
    match code {
        // No HTTP server can send one as the answer, so what a load balancer does with it is a guess.
        Some(Ok(status)) if status.is_informational() => Err(Refusal::Informational { status }),
        Some(Ok(status)) => Ok(status),
        _ => Err(Refusal::StatusCode {
            found: found.map_or_else(|| "missing".to_owned(), Value::to_string),
        }),
    }
}

fn headers(answer: &Map<String, Value>, mode: HeaderMode) -> Result<HeaderMap, Refusal> {
    let (member, other) = match mode {
        HeaderMode::Single => ("headers", "multiValueHeaders"),
        HeaderMode::Multi => ("multiValueHeaders", "headers"),
    };
    let given = match answer.get(member) {
        Some(Value::Object(given)) => given,
        Some(_) => return Err(Refusal::HeaderMap { member }),
        None if answer.contains_key(other) => {
            return Err(Refusal::OtherVariant { given: other, wanted: member });
        }
        None => return Ok(HeaderMap::new()),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let mut append = |value: &Value, wanted| match value.as_str() {
            Some(text) => append(&mut headers, name, text),
            None => Err(Refusal::HeaderType { member, name: name.clone(), wanted }),
        };
        match (mode, value) {
            (HeaderMode::Single, value) => append(value, "a string")?,
            (HeaderMode::Multi, Value::Array(values)) => {
                values.iter().try_for_each(|value| append(value, "a list of strings"))?;
            }
            // Not an array, so not a string in an array either.
            (HeaderMode::Multi, _) => append(&Value::Null, "a list of strings")?,
        }
    }
    let size =
        headers.iter().map(|(name, value)| header_length(name.as_str(), value.as_bytes())).sum();
    if size > RESPONSE_HEADERS {
        return Err(Refusal::HeadersTooLarge { size });
    }
    Ok(headers)
}

fn append(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Refusal> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(Refusal::HeaderName { name: name.to_owned() });
    };
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => {
            headers.append(header, value);
            Ok(())
        }
        Err(_) => Err(Refusal::HeaderValue { name: name.to_owned(), value: value.to_owned() }),
    }
}

fn body(answer: &Map<String, Value>) -> Result<Bytes, Refusal> {
    let encoded = match answer.get("isBase64Encoded") {
        None => false,
        Some(Value::Bool(encoded)) => *encoded,
        Some(_) => return Err(Refusal::Flag),
    };
    match answer.get("body") {
        None | Some(Value::Null) => Ok(Bytes::new()),
        Some(Value::String(text)) if encoded => Ok(STANDARD.decode(text)?.into()),
        Some(Value::String(text)) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some(_) => Err(Refusal::Body),
    }
}

#[cfg(test)]
mod tests;
