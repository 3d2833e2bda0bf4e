//! The event's JSON: fields in their order, strings as bytes, and faults kept as values.

use std::{fmt, ops::Range};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// Names and values in the order of the event; a repeated name stands once for each value. All text is
/// in one buffer, so that a header takes no memory of its own.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    text: Vec<u8>,
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl Pairs {
    /// Room for a usual request, whose certificate is the most of it.
    fn with_room() -> Self {
        Self { text: Vec::with_capacity(4096), places: Vec::with_capacity(24) }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Each name with its value, as parts of what they share.
    pub(super) fn into_parts(self) -> impl Iterator<Item = (Bytes, Bytes)> {
        let text = Bytes::from(self.text);
        self.places.into_iter().map(move |(name, value)| (text.slice(name), text.slice(value)))
    }
}

/// What the Lambda runtime handed over, readable or not.
///
/// [`Deserialize`] never fails: a fault is kept for [`Delivery::read`] to tell, together with what
/// had been read before it, so that the answer can take the form that the load balancer expects.
#[derive(Debug, Default)]
pub struct Delivery {
    pub(super) fields: Fields,
    pub(super) fault: Option<String>,
}

/// The fields of an ALB event that matter here.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) method: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) query: Option<Pairs>,
    pub(super) multi_query: Option<Pairs>,
    pub(super) headers: Option<Pairs>,
    pub(super) multi_headers: Option<Pairs>,
    pub(super) body: Option<Text>,
    pub(super) is_base64_encoded: bool,
    /// Not looked into yet: what is wrong in it does not end the reading of what comes after it.
    context: Option<Box<RawValue>>,
}

/// `requestContext`, as far as it is the load balancer's.
#[derive(Deserialize)]
struct Context {
    elb: Option<Elb>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Elb {
    target_group_arn: Option<String>,
}

impl Delivery {
    /// Reads the bytes of an event, as the Lambda runtime does.
    pub fn from_json(json: &[u8]) -> Self {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        Self::deserialize(&mut deserializer).unwrap_or_default()
    }
}

impl Fields {
    /// The ARN of the target group that the event is for, where there is one.
    pub(super) fn target_group(&self) -> serde_json::Result<Option<String>> {
        let Some(context) = &self.context else { return Ok(None) };
        let context: Context = serde_json::from_str(context.get())?;
        Ok(context.elb.and_then(|elb| elb.target_group_arn))
    }
}

impl<'de> Deserialize<'de> for Delivery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::default();
        let fault = deserializer.deserialize_map(&mut fields).err().map(|error| place(&error));
        Ok(Self { fields, fault })
    }
}

/// Where an event could not be read. What stands there may be a secret, and parsers quote it.
fn place(error: &impl fmt::Display) -> String {
    match error.to_string().rsplit_once(" at line ") {
        Some((_, place)) => format!("line {place}"),
        None => "at its beginning".to_owned(),
    }
}

impl<'de> Visitor<'de> for &mut Fields {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON object of a load balancer's event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key()? {
            match field {
                Field::HttpMethod => self.method = map.next_value()?,
                Field::Path => self.path = map.next_value()?,
                Field::QueryStringParameters => {
                    self.query = map.next_value_seed(PairsOf(Values::One))?;
                }
                Field::MultiValueQueryStringParameters => {
                    self.multi_query = map.next_value_seed(PairsOf(Values::List))?;
                }
                // Each is known to be the map in use even if a value in it cannot be read.
                Field::Headers => {
                    self.headers = Some(Pairs::default());
                    self.headers = map.next_value_seed(PairsOf(Values::One))?;
                }
                Field::MultiValueHeaders => {
                    self.multi_headers = Some(Pairs::default());
                    self.multi_headers = map.next_value_seed(PairsOf(Values::List))?;
                }
                Field::RequestContext => self.context = map.next_value()?,
                Field::Body => self.body = map.next_value()?,
                Field::IsBase64Encoded => {
                    self.is_base64_encoded = map.next_value::<Option<bool>>()?.unwrap_or(false);
                }
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The name of a field.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    HttpMethod,
    Path,
    QueryStringParameters,
    MultiValueQueryStringParameters,
    Headers,
    MultiValueHeaders,
    RequestContext,
    Body,
    IsBase64Encoded,
    #[serde(other)]
    Other,
}

/// A JSON string as the bytes that it stands for. `serde_json` lets invalid UTF-8 through on the way
/// to bytes, and a load balancer passes on whatever a client wrote in a header.
#[derive(Debug, Default)]
pub(super) struct Text(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = Vec::new();
        AddedTo(&mut text).deserialize(deserializer)?;
        Ok(Self(text))
    }
}

/// Adds such bytes to others, and says where they are.
struct AddedTo<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for AddedTo<'_> {
    type Value = Range<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for AddedTo<'_> {
    type Value = Range<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let start = self.0.len();
        self.0.extend_from_slice(bytes);
        Ok(start..self.0.len())
    }

    // Keys arrive as text.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.visit_bytes(text.as_bytes())
    }
}

/// Reads one of the four maps, or null.
struct PairsOf(Values);

/// How a map holds the values of a name.
enum Values {
    One,
    List,
}

impl<'de> DeserializeSeed<'de> for PairsOf {
    type Value = Option<Pairs>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for PairsOf {
    type Value = Option<Pairs>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Values::One => f.write_str("an object of strings"),
            Values::List => f.write_str("an object of lists of strings"),
        }
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Pairs::with_room();
        while let Some(name) = map.next_key_seed(AddedTo(&mut pairs.text))? {
            match self.0 {
                Values::One => {
                    let value = map.next_value_seed(AddedTo(&mut pairs.text))?;
                    pairs.places.push((name, value));
                }
                Values::List => map.next_value_seed(ValuesOf { name, pairs: &mut pairs })?,
            }
        }
        Ok(Some(pairs))
    }
}

/// Reads the list of one name's values.
struct ValuesOf<'a> {
    name: Range<usize>,
    pairs: &'a mut Pairs,
}

impl<'de> DeserializeSeed<'de> for ValuesOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ValuesOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Self { name, pairs } = self;
        while let Some(value) = values.next_element_seed(AddedTo(&mut pairs.text))? {
            pairs.places.push((name.clone(), value));
        }
        Ok(())
    }
}
