//! The byte-order mark that some editors put before a text.

/// A text without it.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(text)
}
