//! A pinned certificate as an object, which can say more of it than PEM text can.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    error::BundleError,
    member::{is_word, present},
};
use crate::secrets::Place;

/// What an object says of one certificate.
pub(super) struct Pin {
    /// PEM text.
    pub(super) certificate: String,
    /// Whether it is accepted though its extended key usages are a server's.
    pub(super) accept_server_certificate: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(default, deserialize_with = "present")]
    certificate: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    accept_server_certificate: Option<Box<RawValue>>,
}

/// What stands under a key.
#[derive(Debug)]
pub(super) enum Text {
    /// PEM text.
    Pem(String),
    /// An object in its place, which a pin may be.
    Pin(Box<RawValue>),
}

/// One or many, each a text or an object; none where anything else is among them.
pub(super) fn texts(value: &RawValue) -> Option<Vec<Text>> {
    match serde_json::from_str::<Vec<Box<RawValue>>>(value.get()) {
        Ok(values) => values.iter().map(|value| text(value)).collect(),
        Err(_) => text(value).map(|text| vec![text]),
    }
}

fn text(value: &RawValue) -> Option<Text> {
    match value.get().starts_with('{') {
        true => Some(Text::Pin(value.to_owned())),
        false => serde_json::from_str(value.get()).ok().map(Text::Pem),
    }
}

impl Pin {
    /// Reads an object that stands at a place.
    pub(super) fn read(object: &RawValue, at: &Place) -> Result<Self, BundleError> {
        let fault = |reason: String| BundleError::Pin { at: at.clone(), reason };
        let members: Members =
            serde_json::from_str(object.get()).map_err(|error| fault(words(&error.to_string())))?;
        let Some(certificate) = members.certificate else {
            return Err(fault("\"certificate\" is missing".to_owned()));
        };
        let certificate = serde_json::from_str(certificate.get())
            .map_err(|_| fault("\"certificate\" has to be PEM text".to_owned()))?;
        let accept = members.accept_server_certificate;
        let accept_server_certificate =
            accept.map_or(Ok(false), |accept| serde_json::from_str(accept.get())).map_err(
                |_| fault("\"accept_server_certificate\" has to be true or false".to_owned()),
            )?;
        Ok(Self { certificate, accept_server_certificate })
    }
}

/// What is wrong with the members; of their names at most a word.
fn words(error: &str) -> String {
    const KNOWN: &str = "\"certificate\" and \"accept_server_certificate\" are";
    let named = |start| error.strip_prefix(start)?.split('`').next();
    match (named("unknown field `"), named("duplicate field `")) {
        (Some(name), _) if is_word(name) => format!("\"{name}\" is no member of it; {KNOWN}"),
        (_, Some(name)) => format!("\"{name}\" is there twice"),
        _ => format!("it has a member that is not known; {KNOWN}"),
    }
}
