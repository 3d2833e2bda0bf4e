//! What is sent to Secrets Manager, and where: the same as the SDK's own client sends, whose parts the function
//! puts together itself.

use std::sync::{Arc, Mutex};

use alb_mtls_adapter::{
    secrets::{Freshness, store::SecretsManager},
    trust::store::TrustStore,
};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::{
    Client,
    config::{Credentials, SharedCredentialsProvider},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;

use crate::support::{PATIENCE, clock};

const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:trust-AbCdEf";

/// A request, without what is another one each time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn new(request: &HttpRequest) -> Self {
        let headers = request.headers().iter();
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.to_owned(), lasting(name, value))).collect();
        headers.sort();
        Self {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers,
            body: request.body().bytes().unwrap().to_owned(),
        }
    }

    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// A header without dates, the id of an invocation, what is computed of them, and the SDK's statistics.
fn lasting(name: &str, value: &str) -> String {
    let before = |end| value.split(end).next().unwrap().to_owned();
    match name {
        "amz-sdk-invocation-id" | "x-amz-date" => String::new(),
        "authorization" => {
            before(", Signature=").replace(|digit: char| digit.is_ascii_digit(), "0")
        }
        "user-agent" | "x-amz-user-agent" => before(" m/"),
        _ => value.to_owned(),
    }
}

/// Takes requests, and answers that there is no such secret.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Sent>>>);

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(Sent::new(&request));
        let body = SdkBody::from(r#"{"__type":"ResourceNotFoundException","message":"none"}"#);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(400.try_into().unwrap(), body)))
    }
}

/// Where a client is told to go.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    region: Option<&'static str>,
    endpoint: Option<&'static str>,
    fips: Option<bool>,
    dual_stack: Option<bool>,
}

impl Place {
    fn in_region(region: &'static str) -> Self {
        Self { region: Some(region), ..Self::default() }
    }

    fn config(self, recorder: &Recorder) -> SdkConfig {
        let connector = SharedHttpConnector::new(recorder.clone());
        let credentials =
            Credentials::new("AKIDEXAMPLE", "secret", Some("session".to_owned()), None, "test");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .region(self.region.map(Region::new))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        config.set_endpoint_url(self.endpoint.map(str::to_owned));
        config.set_use_fips(self.fips);
        config.set_use_dual_stack(self.dual_stack);
        config.build()
    }

    /// What the function sends; or why it sends nothing.
    async fn of_the_function(self) -> Result<Sent, String> {
        let recorder = Recorder::default();
        let manager = SecretsManager::new(&self.config(&recorder));
        let freshness = Freshness { refresh: PATIENCE, max_stale: PATIENCE };
        let store =
            TrustStore::open(manager, vec![SECRET.to_owned()], None, freshness, clock()).await;
        let error = store.value(PATIENCE).await.unwrap_err();
        one_of(&recorder).ok_or_else(|| error.to_string())
    }

    /// The same of the SDK's own client.
    async fn of_the_sdk(self) -> Result<Sent, String> {
        let recorder = Recorder::default();
        let client = Client::new(&self.config(&recorder));
        let request = client.get_secret_value().secret_id(SECRET).version_stage("AWSCURRENT");
        let error = request.send().await.unwrap_err();
        one_of(&recorder).ok_or_else(|| format!("{:?}", error.into_source().unwrap()))
    }

    /// Asserts that both go to `uri`, and say the same there.
    async fn leads_to(self, uri: &str) {
        let (function, sdk) = (self.of_the_function().await, self.of_the_sdk().await);
        assert_eq!(function, sdk, "{self:?}");
        assert_eq!(function.unwrap().uri, uri, "{self:?}");
    }
}

fn one_of(recorder: &Recorder) -> Option<Sent> {
    let sent = recorder.0.lock().unwrap();
    assert!(sent.windows(2).all(|pair| pair[0] == pair[1]), "{sent:?}");
    sent.first().cloned()
}

#[tokio::test]
async fn what_is_sent_is_signed_and_says_who_asks_for_what() {
    let sent = Place::in_region("eu-central-1").of_the_function().await.unwrap();
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.header("x-amz-target"), "secretsmanager.GetSecretValue");
    assert_eq!(sent.header("x-amz-security-token"), "session");
    assert_eq!(sent.header("amz-sdk-request"), "attempt=1; max=3");
    assert!(sent.header("user-agent").contains("api/secretsmanager"), "{sent:?}");
    let authorization = sent.header("authorization");
    assert!(
        authorization.starts_with("AWS0-HMAC-SHA000 Credential=AKIDEXAMPLE/00000000/eu-central-0/"),
        "{authorization}"
    );
    let body = format!(r#"{{"SecretId":"{SECRET}","VersionStage":"AWSCURRENT"}}"#);
    assert_eq!(sent.body, body.as_bytes());
}

#[tokio::test]
async fn each_partition_has_its_own_address() {
    for (region, uri) in [
        ("eu-central-1", "https://secretsmanager.eu-central-1.amazonaws.com/"),
        ("us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com/"),
        ("cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn/"),
        ("us-iso-east-1", "https://secretsmanager.us-iso-east-1.c2s.ic.gov/"),
        ("eusc-de-east-1", "https://secretsmanager.eusc-de-east-1.amazonaws.eu/"),
        ("eu-later-9", "https://secretsmanager.eu-later-9.amazonaws.com/"),
    ] {
        Place::in_region(region).leads_to(uri).await;
    }
}

#[tokio::test]
async fn fips_and_dual_stack_are_honoured_in_every_partition() {
    let fips = Some(true);
    for (region, dual_stack, uri) in [
        ("us-east-1", None, "https://secretsmanager-fips.us-east-1.amazonaws.com/"),
        ("us-east-1", Some(true), "https://secretsmanager-fips.us-east-1.amazonaws.com/"),
        ("cn-north-1", None, "https://secretsmanager-fips.cn-north-1.amazonaws.com.cn/"),
        (
            "cn-north-1",
            Some(true),
            "https://secretsmanager-fips.cn-north-1.api.amazonwebservices.com.cn/",
        ),
    ] {
        Place { fips, dual_stack, ..Place::in_region(region) }.leads_to(uri).await;
    }
    let dual_stack = Some(true);
    Place { dual_stack, ..Place::in_region("eusc-de-east-1") }
        .leads_to("https://secretsmanager.eusc-de-east-1.api.amazonwebservices.eu/")
        .await;
}

#[tokio::test]
async fn endpoint_that_is_given_is_where_it_goes_whatever_the_region() {
    for region in ["eu-central-1", "cn-north-1"] {
        let endpoint = Some("https://vpce-1.secretsmanager.vpce.amazonaws.com");
        let off = Some(false);
        let place = Place { endpoint, fips: off, dual_stack: off, ..Place::in_region(region) };
        place.leads_to("https://vpce-1.secretsmanager.vpce.amazonaws.com/").await;
    }
}

#[tokio::test]
async fn endpoint_that_is_given_does_not_go_with_fips_or_dual_stack_and_nothing_is_sent() {
    let given = Place { endpoint: Some("https://127.0.0.1"), ..Place::in_region("eu-central-1") };
    for (place, reason) in [
        (Place { fips: Some(true), ..given }, "FIPS and custom endpoint are not supported"),
        (
            Place { dual_stack: Some(true), ..given },
            "Dualstack and custom endpoint are not supported",
        ),
        (Place::default(), "Missing Region"),
    ] {
        let (function, sdk) = (place.of_the_function().await, place.of_the_sdk().await);
        for error in [function.unwrap_err(), sdk.unwrap_err()] {
            assert!(error.contains(reason), "{place:?}: {error}");
        }
    }
}
