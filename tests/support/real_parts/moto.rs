//! Secrets Manager, as moto plays it.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::part;
use super::process::Process;

/// moto keeps secrets by the region that a request is signed for: who asks in another one finds none.
pub(crate) const REGION: &str = "eu-central-1";

/// A running moto server, empty at first. It knows no throttling, no failures and no limit of size.
pub(crate) struct Moto {
    process: Process,
    endpoint: String,
    client: reqwest::Client,
}

/// The two kinds of content that a secret can have.
pub(crate) enum Secret<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Moto {
    pub(crate) async fn start() -> Moto {
        let (process, [port]) = Process::start_on_free_ports(|[port]| {
            Process::start(&part("bin/moto_server"), tempfile::tempdir().unwrap(), |command| {
                command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            })
        })
        .await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Moto { process, endpoint: format!("http://127.0.0.1:{port}"), client }
    }

    /// What `AWS_ENDPOINT_URL_SECRETS_MANAGER` is to be.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Creates a secret, and returns its ARN.
    pub(crate) async fn create_secret(&self, name: &str, secret: Secret<'_>) -> String {
        let answer =
            self.call("CreateSecret", with_content(json!({ "Name": name }), &secret)).await;
        answer["ARN"].as_str().unwrap().to_owned()
    }

    /// Gives a secret a new current version.
    pub(crate) async fn update_secret(&self, name: &str, secret: Secret<'_>) {
        self.call("PutSecretValue", with_content(json!({ "SecretId": name }), &secret)).await;
    }

    /// Calls an operation of Secrets Manager that has no method here.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub(crate) async fn call(&self, operation: &str, request: Value) -> Value {
        let response = self
            .client
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("secretsmanager.{operation}"))
            // Nobody checks the signature; the region and the service are read out of it.
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0"),
            )
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        let (status, body) = (response.status(), response.bytes().await.unwrap());
        assert!(status.is_success(), "{operation}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// What the server has logged: a line a request.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}

fn with_content(mut request: Value, secret: &Secret<'_>) -> Value {
    match secret {
        Secret::Text(text) => request["SecretString"] = json!(text),
        Secret::Bytes(bytes) => request["SecretBinary"] = json!(BASE64_STANDARD.encode(bytes)),
    }
    request
}
