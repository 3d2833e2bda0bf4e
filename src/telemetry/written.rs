//! What many lines say alike.

use std::sync::OnceLock;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value that becomes JSON once, however many lines hold it.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    value: T,
    json: OnceLock<Box<RawValue>>,
}

impl<T> Written<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { value, json: OnceLock::new() }
    }

    pub(super) fn value(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(json) = self.json.get() {
            return json.serialize(serializer);
        }
        match to_raw_value(&self.value) {
            Ok(json) => self.json.get_or_init(|| json).serialize(serializer),
            // Whoever writes the line is to hear of it.
            Err(_) => self.value.serialize(serializer),
        }
    }
}
