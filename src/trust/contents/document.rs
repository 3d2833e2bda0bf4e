//! The JSON form of a source.
//!
//! No message quotes a value: what was pasted into the wrong place may be a private key.

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{
    error::BundleError,
    member::{is_word, present},
    pin::{self, Text},
};
use crate::{certificate::mistaken::Mistaken, secrets::Source};

pub(super) const ANCHORS: &str = "anchors";
pub(super) const INTERMEDIATES: &str = "intermediates";
pub(super) const PINNED: &str = "pinned";
pub(super) const CRLS: &str = "crls";

/// A document, with its PEM texts under their keys.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) texts: [(&'static str, Vec<Text>); 4],
    /// Each a JSON object of its own; `None` where the key is absent.
    pub(super) allow: Option<Vec<Box<RawValue>>>,
    pub(super) deny: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default, deserialize_with = "present")]
    anchors: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    intermediates: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    pinned: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    crls: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    allow: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    deny: Option<Box<RawValue>>,
}

pub(super) fn read(source: &Source, text: &[u8]) -> Result<Document, BundleError> {
    let keys: Keys =
        serde_json::from_slice(text).map_err(|error| match Mistaken::document(text) {
            Some(looks_like) => {
                BundleError::Mistaken { source_name: source.name.clone(), looks_like }
            }
            None => {
                BundleError::Document { source_name: source.name.clone(), reason: words(&error) }
            }
        })?;
    let texts = |key, value: Option<Box<RawValue>>| -> Result<_, BundleError> {
        let Some(value) = value else { return Ok((key, Vec::new())) };
        match serde_json::from_str(value.get()) {
            Ok(Texts(texts)) => Ok((key, texts.into_iter().map(Text::Pem).collect())),
            Err(_) => Err(BundleError::Key {
                source_name: source.name.clone(),
                key,
                expected: "PEM text, or a list of PEM texts",
            }),
        }
    };
    let pins = |value: Option<Box<RawValue>>| -> Result<_, BundleError> {
        let texts = value.map_or_else(|| Some(Vec::new()), |value| pin::texts(&value));
        texts.map(|texts| (PINNED, texts)).ok_or_else(|| BundleError::Key {
            source_name: source.name.clone(),
            key: PINNED,
            expected: "PEM text, an object, or a list of these",
        })
    };
    let rules = |key, value: Option<Box<RawValue>>| -> Result<_, BundleError> {
        value.map(|value| serde_json::from_str(value.get())).transpose().map_err(|_| {
            BundleError::Key {
                source_name: source.name.clone(),
                key,
                expected: "a list of objects",
            }
        })
    };
    Ok(Document {
        texts: [
            texts(ANCHORS, keys.anchors)?,
            texts(INTERMEDIATES, keys.intermediates)?,
            pins(keys.pinned)?,
            texts(CRLS, keys.crls)?,
        ],
        allow: rules("allow", keys.allow)?,
        deny: rules("deny", keys.deny)?,
    })
}

/// One text or many.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Texts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, sequence: A) -> Result<Texts, A::Error> {
                Deserialize::deserialize(de::value::SeqAccessDeserializer::new(sequence)).map(Texts)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Where the document is at fault; of its content at most a word that can only be the name of a key.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let key = ["unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.strip_prefix(start)?.split('`').next());
    match key {
        Some(key) if is_word(key) => text,
        Some(_) => format!(
            "a key that is not known at line {} column {}; known are anchors, intermediates, pinned, crls, \
             allow and deny",
            error.line(),
            error.column()
        ),
        None => format!("no valid JSON at line {} column {}", error.line(), error.column()),
    }
}
