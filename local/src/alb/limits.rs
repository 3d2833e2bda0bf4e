//! What the load balancer refuses by itself, before any function is asked.

use http::StatusCode;

/// Of the request body, and of the function's whole answer.
pub(super) const MEGABYTE: usize = 1024 * 1024;
/// Of the request line, and of one request header.
const LINE: usize = 16 * 1024;
/// Of all request headers together.
const REQUEST_HEADERS: usize = 64 * 1024;
/// Of all response headers together.
pub(super) const RESPONSE_HEADERS: usize = 32 * 1024;

/// The status with which a request head is refused, if it is. AWS lists headers that are too large under
/// 400, and a request line that is too long under 414; it never sends 431.
pub(super) fn refused_head<'a>(
    target: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Option<StatusCode> {
    if target.len() > LINE {
        return Some(StatusCode::URI_TOO_LONG);
    }
    let mut total = 0;
    for (name, value) in headers {
        let length = header_length(name, value);
        total += length;
        if length > LINE || total > REQUEST_HEADERS {
            return Some(StatusCode::BAD_REQUEST);
        }
    }
    None
}

/// The length of a header on the wire of HTTP/1.1, `: ` and CRLF included.
pub(super) fn header_length(name: &str, value: &[u8]) -> usize {
    name.len() + value.len() + 4
}
