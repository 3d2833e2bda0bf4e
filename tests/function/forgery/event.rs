//! The event of a row, as raw JSON.

use std::collections::HashMap;

use alb_mtls::alb::HeaderMode;
use serde::Serialize;
use serde_json::{Value, json};

/// The target group of every honest event.
pub(crate) const TARGET_GROUP: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/ours/0123456789abcdef";

/// An event as the load balancer would write it, in either variant, whatever is in it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// Headers in the variant that the event is not in.
    pub(crate) other_map: Option<Vec<(String, String)>>,
    pub(crate) body: String,
    pub(crate) is_base64_encoded: bool,
    pub(crate) target_group: Value,
}

impl Event {
    pub(crate) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    pub(crate) fn add_before(&mut self, name: &str, value: impl Into<String>) {
        self.headers.insert(0, (name.to_owned(), value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    pub(crate) fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.add(name, value);
    }

    /// The values of a header, without the white space that a server takes off.
    pub(crate) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim_matches([' ', '\t']).as_bytes()).collect()
    }

    pub(crate) fn target(&self) -> String {
        let pairs: Vec<_> =
            self.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        match pairs.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, pairs.join("&")),
        }
    }

    pub(crate) fn json(&self, maps: HeaderMode) -> String {
        let (headers, query, other) = match maps {
            HeaderMode::Multi => {
                ("multiValueHeaders", "multiValueQueryStringParameters", "headers")
            }
            HeaderMode::Single => ("headers", "queryStringParameters", "multiValueHeaders"),
        };
        let other_maps = match maps {
            HeaderMode::Multi => HeaderMode::Single,
            HeaderMode::Single => HeaderMode::Multi,
        };
        let mut members = vec![
            member("requestContext", json!({"elb": {"targetGroupArn": self.target_group}})),
            member("httpMethod", &self.method),
            member("path", &self.path),
            format!("\"{query}\":{}", map(&self.query, maps)),
            format!("\"{headers}\":{}", map(&self.headers, maps)),
            member("body", &self.body),
            member("isBase64Encoded", self.is_base64_encoded),
        ];
        if let Some(pairs) = &self.other_map {
            members.push(format!("\"{other}\":{}", map(pairs, other_maps)));
        }
        format!("{{{}}}", members.join(","))
    }
}

fn member(name: &str, value: impl Serialize) -> String {
    format!("{}:{}", json!(name), serde_json::to_string(&value).unwrap())
}

/// A map of the event. In the variant of single values a repeated name is there twice: no load balancer
/// writes that, and no value is to be lost on the way into the test.
fn map(pairs: &[(String, String)], maps: HeaderMode) -> String {
    let members: Vec<_> = match maps {
        HeaderMode::Single => pairs.iter().map(|(name, value)| member(name, value)).collect(),
        HeaderMode::Multi => grouped(pairs).iter().map(|(name, all)| member(name, all)).collect(),
    };
    format!("{{{}}}", members.join(","))
}

/// Each name with all its values, both in order.
fn grouped(pairs: &[(String, String)]) -> Vec<(&str, Vec<&str>)> {
    let mut places = HashMap::new();
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in pairs {
        let place = *places.entry(name).or_insert(grouped.len());
        match grouped.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => grouped.push((name, vec![value])),
        }
    }
    grouped
}
