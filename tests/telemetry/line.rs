//! How long a line of the log can become: CloudWatch is paid by the byte, and a stranger writes much of it.

use alb_mtls::{
    alb::{EventSettings, HeaderMode, Request},
    pki::{Authority, Key, rcgen},
    secrets::{self, SecretValue, Secrets},
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use rcgen::{DnType, SanType};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    IN_LAMBDA, NOBODY,
    support::{self, Journey, emf::Data, get, key, valid},
};

/// The most bytes of a line, its end included.
const MOST: usize = 8192;

/// Asserts that a line is short and has its metrics.
fn short(line: &Value) {
    let length = line.to_string().len() + 1;
    assert!(length <= MOST, "{length} bytes: {line}");
    assert!(Data::of(line).value("Refused").is_some(), "{line}");
}

#[tokio::test]
async fn header_of_a_long_name_is_told_in_a_short_line() {
    let journey = Journey::new(&support::Pki::new(), &[IN_LAMBDA]).await;
    let name = "x".repeat(30_000);
    for (value, code) in
        [(&b"-----BEGIN CERTIFICATE-----"[..], "ClientCertMissing"), (b"\x01", "BadRequest")]
    {
        let mut request = get(Vec::new());
        request.headers.push((name.clone(), value.to_vec()));
        journey.send(&request).await;
        let line = journey.last_line();
        short(&line);
        assert_eq!(line["code"], code);
        let detail = line["detail"].as_str().unwrap();
        assert!(detail.contains("xxxx") && detail.ends_with('…'), "{detail}");
    }
    // What is short is told as it is.
    let mut request = get(Vec::new());
    request.headers.push(("x-mine".to_owned(), b"-----BEGIN CERTIFICATE-----".to_vec()));
    journey.send(&request).await;
    let line = journey.last_line();
    assert!(line["detail"].as_str().unwrap().ends_with("it counts for nothing"));
}

#[tokio::test]
async fn line_of_a_client_with_many_names_says_that_there_are_more() {
    let root = Authority::root("Root", key(), valid()).unwrap();
    let journey = Journey::trusting(&root.pem(), &[IN_LAMBDA]).await;
    for (count, told) in [(3, 3), (32, 33), (200, 33)] {
        let names = (0..count).map(|number| format!("host-{number}.example.com"));
        let leaf = names.fold(root.leaf("client", valid()), |leaf, name| leaf.dns(&name));
        journey.send(&get(vec![leaf.issue().unwrap().der().to_vec()])).await;
        let line = journey.last_line();
        short(&line);
        let names = line["client"]["san"].as_array().unwrap();
        assert_eq!(
            (line["status"].as_u64(), names[0].as_str()),
            (Some(200), Some("DNS:host-0.example.com"))
        );
        let told = if count > 32 { told } else { count };
        assert_eq!(names.len(), told);
        assert_eq!(names.last().unwrap() == "…", count > 32);
    }
}

/// Characters that take more room in a line than one: escaped by us, by JSON or by both, and of many bytes.
fn text(most: usize) -> impl Strategy<Value = String> {
    let chars =
        select(vec!['a', ' ', '"', '\\', '\u{1}', '\n', '\u{7f}', 'ü', '\u{202e}', '\u{10ffff}']);
    (chars, 0..=most).prop_map(|(char, length)| char.to_string().repeat(length))
}

/// The same, as far as names in certificates have it.
fn ascii(most: usize) -> impl Strategy<Value = String> {
    text(most).prop_map(|text| text.replace(|char: char| !char.is_ascii(), "\\"))
}

/// A request whose every part somebody hostile wrote.
#[derive(Debug, Clone)]
struct Hostile {
    method: String,
    path: String,
    header: (String, &'static [u8]),
    proto: Option<String>,
    subject: String,
    issuer: String,
    names: Vec<String>,
    /// Whether the client presents the certificate, and whether it is one of the trusted authority's.
    presented: bool,
    trusted: bool,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let values: Vec<&[u8]> = vec![b"-----BEGIN CERTIFICATE", b"\x01", b"1"];
    let header = ("[a-z!'*+.^_`|~-]", 1..20_000_usize)
        .prop_map(|(char, length): (String, usize)| char.repeat(length));
    let method = ("[A-Z!|~]", 1..9_000_usize).prop_map(|(char, length)| char.repeat(length));
    (
        prop_oneof![method, text(9_000)],
        text(9_000).prop_map(|text| format!("/{text}")),
        (header, select(values)),
        prop::option::of(text(3_000)),
        (text(4_000), text(4_000)),
        prop::collection::vec(ascii(3_000), 0..=40),
        (any::<bool>(), any::<bool>()),
    )
        .prop_map(|(method, path, header, proto, names_of, names, (presented, trusted))| {
            Hostile {
                method,
                path,
                header,
                proto,
                subject: names_of.0,
                issuer: names_of.1,
                names,
                presented,
                trusted,
            }
        })
}

impl Hostile {
    fn event(&self, root: &Authority, key: &Key) -> Vec<u8> {
        let stranger = Authority::root(&self.issuer, key.clone(), valid());
        let issuer = if self.trusted { root } else { &stranger.unwrap() };
        let names = self.names.iter().map(|name| SanType::URI(name.as_str().try_into().unwrap()));
        let leaf = issuer.leaf(&self.subject, valid()).key(key.clone()).adjust(|params| {
            params.subject_alt_names = names.collect();
            params.distinguished_name.push(DnType::OrganizationName, self.subject.as_str());
        });
        // No certificate of more than 16 KiB is read.
        let chain = vec![leaf.issue().unwrap().der().to_vec()];
        let mut request = Request { chain, path: self.path.clone(), ..get(Vec::new()) };
        if !self.presented {
            request.chain.clear();
        }
        request.method.clone_from(&self.method);
        request.headers.push((self.header.0.clone(), self.header.1.to_vec()));
        let settings = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        let event = String::from_utf8(settings.event(&request).unwrap()).unwrap();
        let Some(proto) = &self.proto else { return event.into_bytes() };
        let proto = serde_json::to_string(proto).unwrap();
        event.replace(r#"proto":["https"]"#, &format!(r#"proto":[{proto}]"#)).into_bytes()
    }
}

#[test]
fn whatever_is_in_a_request_its_line_is_short_and_whole() {
    let runtime = Runtime::new().unwrap();
    let key = key();
    let root = Authority::root(&"\\\"".repeat(1000), key.clone(), valid()).unwrap();
    // Many of a name that are of no use are named where one of theirs is refused.
    let old =
        (0..20).map(|_| Authority::root(&"\\\"".repeat(1000), support::key(), support::expired()));
    let bundle = root.pem() + &old.map(|old| old.unwrap().pem()).collect::<String>();
    let settings: [&[(&str, &str)]; 3] = [
        &[IN_LAMBDA],
        &[IN_LAMBDA, NOBODY],
        &[IN_LAMBDA, NOBODY, ("CLIENT_CERT_MODE", "report"), ("REQUIRE_HTTPS", "false")],
    ];
    let journeys = settings.map(|settings| runtime.block_on(Journey::trusting(&bundle, settings)));
    let property = |(hostile, journey): (Hostile, usize)| {
        let journey = &journeys[journey];
        runtime.block_on(journey.deliver(&hostile.event(&root, &key)));
        short(&journey.last_line());
        Ok(())
    };
    let outcome = TestRunner::new(Config::with_cases(128)).run(&(hostile(), 0..3_usize), property);
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The most that each part can have, all at once.
#[tokio::test]
async fn line_with_the_most_of_everything_is_short() {
    let (key, name) = (key(), "\"".repeat(1000));
    let stranger = Authority::root(&name, key.clone(), valid()).unwrap();
    let hostile = Hostile {
        method: "M".repeat(5000),
        path: format!("/{}", "\\".repeat(5000)),
        header: ("x".repeat(20_000), b"1"),
        proto: None,
        subject: name.clone(),
        issuer: name.clone(),
        names: (1..=32).map(|length| "\"".repeat(length * 8)).collect(),
        presented: true,
        trusted: false,
    };
    // Bundles of many versions, and entries of the issuer's name that are of no use.
    let root = Authority::root("Root", support::key(), valid()).unwrap();
    let of_no_use = (0..20).map(|_| root.leaf(&name, valid()).issue().unwrap().pem());
    let anchors: Vec<_> = of_no_use.chain([root.pem()]).collect();
    let secrets: Vec<_> = (0..20).map(|number| format!("bundle-{number}")).collect();
    let named = secrets.join(",");
    for mode in ["required", "report"] {
        let manager = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        for secret in &secrets {
            let document = json!({"anchors": anchors}).to_string();
            manager.put(secret, SecretValue::Text(document)).unwrap();
        }
        let config = secrets::config(&manager.url());
        let settings =
            [IN_LAMBDA, ("CLIENT_CERT_MODE", mode), ("TRUST_BUNDLE_SECRETS", named.as_str())];
        let journey = Journey::before(manager, &config, &settings, support::clock()).await;
        journey.deliver(&hostile.event(&stranger, &key)).await;
        let line = journey.last_line();
        assert!(line.to_string().len() > 6000, "{line}");
        short(&line);
        for part in ["detail", "path", "method"] {
            assert!(line[part].as_str().unwrap().ends_with('…'), "{part}: {line}");
        }
        assert_eq!(line["bundle_versions"].as_array().unwrap().len(), 16);
        let names = line["client"]["san"].as_array().unwrap();
        assert!(names.len() > 4 && names.last().unwrap() == "…", "{line}");
    }
}
