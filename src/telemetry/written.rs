//! What many lines say alike.

use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value that becomes JSON once, however many lines hold it.
#[derive(Debug, Clone)]
pub(crate) struct Written<T> {
    value: T,
    json: OnceLock<Box<RawValue>>,
}

impl<T> Written<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value, json: OnceLock::new() }
    }

    pub(crate) fn value(&self) -> &T {
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

/// A value as JSON, for those who do not keep the value.
pub(crate) fn finished(value: &impl Serialize) -> Arc<RawValue> {
    // Text always becomes JSON; a line without it would say enough.
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned()).into()
}
