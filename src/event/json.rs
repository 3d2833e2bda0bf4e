//! The event's JSON: fields in their order, strings as bytes, and faults kept as values.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// Names and values in the order of the event; a repeated name stands once for each value.
pub(super) type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

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
    pub(super) method: Option<Vec<u8>>,
    pub(super) path: Option<Vec<u8>>,
    pub(super) query: Option<Pairs>,
    pub(super) multi_query: Option<Pairs>,
    pub(super) headers: Option<Pairs>,
    pub(super) multi_headers: Option<Pairs>,
    pub(super) body: Option<Vec<u8>>,
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
        while let Some(key) = map.next_key::<Text>()? {
            match key.0.as_slice() {
                b"httpMethod" => self.method = map.next_value::<Option<Text>>()?.map(|text| text.0),
                b"path" => self.path = map.next_value::<Option<Text>>()?.map(|text| text.0),
                b"queryStringParameters" => {
                    self.query = map.next_value_seed(PairsOf(Values::One))?;
                }
                b"multiValueQueryStringParameters" => {
                    self.multi_query = map.next_value_seed(PairsOf(Values::List))?;
                }
                // Each is known to be the map in use even if a value in it cannot be read.
                b"headers" => {
                    self.headers = Some(Pairs::new());
                    self.headers = map.next_value_seed(PairsOf(Values::One))?;
                }
                b"multiValueHeaders" => {
                    self.multi_headers = Some(Pairs::new());
                    self.multi_headers = map.next_value_seed(PairsOf(Values::List))?;
                }
                b"requestContext" => self.context = map.next_value()?,
                b"body" => self.body = map.next_value::<Option<Text>>()?.map(|text| text.0),
                b"isBase64Encoded" => {
                    self.is_base64_encoded = map.next_value::<Option<bool>>()?.unwrap_or(false);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A JSON string as the bytes that it stands for. `serde_json` lets invalid UTF-8 through on the way
/// to bytes, and a load balancer passes on whatever a client wrote in a header.
struct Text(Vec<u8>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
                Ok(Text(bytes.to_vec()))
            }

            // Keys arrive as text.
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.as_bytes().to_vec()))
            }
        }

        deserializer.deserialize_bytes(TextVisitor)
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
        let mut pairs = Pairs::with_capacity(map.size_hint().unwrap_or(16));
        while let Some(name) = map.next_key::<Text>()? {
            match self.0 {
                Values::One => pairs.push((name.0, map.next_value::<Text>()?.0)),
                Values::List => {
                    map.next_value_seed(ValuesOf { name: name.0, pairs: &mut pairs })?;
                }
            }
        }
        Ok(Some(pairs))
    }
}

/// Reads the list of one name's values.
struct ValuesOf<'a> {
    name: Vec<u8>,
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
        while let Some(value) = values.next_element::<Text>()? {
            self.pairs.push((self.name.clone(), value.0));
        }
        Ok(())
    }
}
