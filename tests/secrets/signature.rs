//! How requests to S3 are signed: as botocore signs them.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use alb_mtls::{pki::Authority, secrets};
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use serde_json::json;

use crate::support::{
    Journey,
    bucket::{self, Bucket},
    clock, key,
    lists::List,
    real_parts::part,
    valid,
};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#[tokio::test]
async fn requests_to_s3_have_the_signature_that_botocore_computes() {
    for token in [None, Some("a+session/token==")] {
        let requests = requests(token).await;
        assert_eq!(requests.len(), 2);
        for head in requests {
            let request = Request::of(&head);
            assert_eq!(request.signature, request.expected(token), "{head}");
        }
    }
}

/// What a function sends that asks for its CRLs: the manifest, and one CRL.
async fn requests(token: Option<&str>) -> Vec<String> {
    let root = Authority::root("Root", key(), valid()).unwrap();
    let bucket = Bucket::start().await;
    bucket.publish(&[&List::of(&root).der()]);
    let store = secrets::Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    store.put("bundle", secrets::SecretValue::Text(root.pem())).unwrap();
    let credentials = Credentials::new(KEY, SECRET, token.map(str::to_owned), None, "test");
    let config = bucket.beside(&secrets::config(&store.url())).to_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    let settings = [("TRUST_CRLS", bucket::LOCATION)];
    Journey::before(store, &config, &settings, clock()).await;
    bucket.take_heads()
}

/// A signed request.
struct Request {
    url: String,
    signed: BTreeMap<String, String>,
    signature: String,
}

impl Request {
    fn of(head: &str) -> Self {
        let mut lines = head.lines();
        let path = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let part = |name: &str| {
            let (_, rest) = headers["authorization"].split_once(name).unwrap();
            rest.split(',').next().unwrap().to_owned()
        };
        let names = part("SignedHeaders=");
        let signed = names.split(';').map(|name| (name.to_owned(), headers[name].clone()));
        Self {
            url: format!("http://{}{path}", headers["host"]),
            signed: signed.collect(),
            signature: part("Signature="),
        }
    }

    fn expected(&self, token: Option<&str>) -> String {
        let asked = json!({
            "url": self.url, "headers": self.signed, "region": "eu-central-1", "key": KEY, "secret": SECRET,
            "token": token,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real-parts/s3_signature.py");
        let mut python = Command::new(part("venv/bin/python"))
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        python.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}
