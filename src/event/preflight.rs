//! Whether a request is a CORS preflight: what a browser asks before a script's request goes to another
//! origin, mostly without the client certificate that it would use for the request itself.
//!
//! Source: Fetch, section 4.8 "CORS-preflight fetch". What lacks anything of one, or has more than one, is
//! taken for a request like any other.

use http::{HeaderMap, Method, header};

use super::Event;

impl Event {
    /// Whether this is a preflight: `OPTIONS` without a body, with one `Origin`, one
    /// `Access-Control-Request-Method`, and no other header that could name a method.
    ///
    /// Not guaranteed: that a browser sent it. Anybody can write one.
    pub fn is_preflight(&self) -> bool {
        self.method == Method::OPTIONS
            && self.body.is_empty()
            && only(&self.headers, header::ORIGIN).is_some_and(is_origin)
            && only(&self.headers, header::ACCESS_CONTROL_REQUEST_METHOD)
                .is_some_and(|method| Method::from_bytes(method).is_ok())
            && !names_another_method(&self.headers)
    }
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&[u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

/// Whether it can be one origin, or the word for one that is not told: no list, and not empty.
fn is_origin(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| byte.is_ascii_graphic() && *byte != b',')
}

/// Whether some server could take it for another method's request: by `X-HTTP-Method-Override`, or any of
/// its relatives, in any spelling. Browsers send none with a preflight.
fn names_another_method(headers: &HeaderMap) -> bool {
    let others = headers.keys().filter(|name| *name != header::ACCESS_CONTROL_REQUEST_METHOD);
    others.into_iter().any(|name| name.as_str().contains("method"))
}
