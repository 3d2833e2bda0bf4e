//! The members of JSON objects.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Whatever a key holds, null included: who writes null for a list has lost it.
pub(super) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// Whether it can only be the name of a key.
pub(super) fn is_word(key: &str) -> bool {
    key.len() <= 24 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
