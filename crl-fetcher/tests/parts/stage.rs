//! A CA, the web server that has its CRLs, and AWS; judged by this machine's clock.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::{telemetry::Sink, trust::crls::location::CrlLocation};
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use crl_fetcher::{
    Function, FunctionError,
    settings::Settings,
    shelf::{Bucket, Shelf, Standing},
};
use serde_json::{Value, json};

use crate::{
    authority::OpenSslCa,
    support::{
        real_parts::{Moto, Secret, WebServer},
        web::Web,
    },
};

pub(crate) const BUCKET: &str = "crls-of-mine";
pub(crate) const LOCATION: &str = "s3://crls-of-mine/live/";

/// An hour, which nothing here takes.
pub(crate) const LEFT: Duration = Duration::from_secs(3_600);

pub(crate) struct Stage {
    pub(crate) ca: OpenSslCa,
    pub(crate) nginx: WebServer,
    /// What nginx has under `/through/`, and where CloudFormation takes answers.
    pub(crate) web: Web,
    pub(crate) moto: Moto,
    pub(crate) s3: Client,
    pub(crate) aws: SdkConfig,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Stage {
    /// Where the CA has published its first CRL, and is trusted, and there is an empty bucket.
    pub(crate) async fn new() -> Self {
        let ca = OpenSslCa::new().await;
        let web = Web::start().await;
        let nginx = WebServer::start(&web.url("")).await;
        let moto = Moto::start().await;
        let aws = alb_mtls::secrets::config(moto.endpoint());
        let s3 = Client::new(&aws);
        let stage = Self { ca, nginx, web, moto, s3, aws, lines: Arc::default() };
        stage.moto.create_secret("bundle", Secret::Text(&stage.ca.pem())).await;
        let region = aws_sdk_s3::types::CreateBucketConfiguration::builder()
            .location_constraint("eu-central-1".into())
            .build();
        let create = stage.s3.create_bucket().bucket(BUCKET).create_bucket_configuration(region);
        create.send().await.unwrap();
        stage.publish().await;
        stage
    }

    /// Has the CA sign and publish its next CRL.
    pub(crate) async fn publish(&self) {
        self.nginx.put("ca.crl", &self.ca.crl().await);
    }

    /// A function with these settings in the place of its own.
    pub(crate) fn function(&self, changes: &[(&str, &str)]) -> Function {
        self.function_in(Duration::ZERO, changes)
    }

    /// The same, whose clock is so far ahead.
    pub(crate) fn function_in(&self, ahead: Duration, changes: &[(&str, &str)]) -> Function {
        let own = [
            ("TRUST_BUNDLE_SECRETS", "bundle"),
            ("CRL_URLS", &self.nginx.url("ca.crl")),
            ("TRUST_CRLS", LOCATION),
            ("AWS_LAMBDA_FUNCTION_NAME", "crl-fetcher"),
        ];
        let all = own.iter().chain(changes);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::read(all.collect::<std::collections::BTreeMap<_, _>>());
        let lines = Arc::clone(&self.lines);
        let sink: Sink = Arc::new(move |line| {
            lines.lock().unwrap().push(serde_json::from_slice(line).unwrap());
        });
        Function::new(settings, self.aws.clone(), Arc::new(move || SystemTime::now() + ahead), sink)
    }

    /// One invocation with an event of EventBridge Scheduler's.
    pub(crate) async fn scheduled(&self, changes: &[(&str, &str)]) -> Result<Value, FunctionError> {
        let event = json!({
            "version": "0", "id": "d3b2f1a0", "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": "123456789012", "time": "2026-06-01T12:00:00Z", "region": "eu-central-1",
            "resources": ["arn:aws:scheduler:eu-central-1:123456789012:schedule/default/crls"], "detail": "{}",
        });
        self.function(changes).handle(&event, LEFT).await
    }

    /// The lines that were written since the last time.
    pub(crate) fn lines(&self) -> Vec<Value> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    pub(crate) fn bucket(&self) -> Bucket {
        Bucket::new(&self.aws, LOCATION.parse::<CrlLocation>().unwrap())
    }

    pub(crate) async fn standing(&self) -> Standing {
        self.bucket().standing().await.unwrap().unwrap()
    }

    /// How many objects were put so far.
    pub(crate) fn puts(&self) -> usize {
        self.moto.log().matches(&format!("\"PUT /{BUCKET}/live/")).count()
    }

    /// The names of all objects.
    pub(crate) async fn objects(&self) -> Vec<String> {
        let all = self.s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        all.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }

    /// Takes a permission away, from everybody.
    pub(crate) async fn deny(&self, action: &str) {
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": action,
            "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
        }]});
        let put = self.s3.put_bucket_policy().bucket(BUCKET).policy(policy.to_string());
        put.send().await.unwrap();
    }

    /// Creates, changes or deletes the resource of a stack; what CloudFormation is told, and what the function answers.
    pub(crate) async fn stack(
        &self,
        request_type: &str,
        changes: &[(&str, &str)],
    ) -> (Vec<Value>, Result<Value, FunctionError>) {
        let mut event = json!({
            "RequestType": request_type,
            "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:crl-fetcher",
            "ResponseURL": self.web.url("/answer?signature=secret"),
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/mtls/1",
            "RequestId": "11111111-2222-3333-4444-555555555555",
            "ResourceType": "Custom::Crls",
            "LogicalResourceId": "FirstCrls",
            "ResourceProperties": {"ServiceToken": "x", "CrlUrls": "y"},
        });
        if request_type != "Create" {
            event["PhysicalResourceId"] = "crls".into();
        }
        let outcome = self.function(changes).handle(&event, LEFT).await;
        let asked = self.web.asked();
        let puts = asked.iter().filter(|request| request.starts_with("PUT /answer"));
        let answers = puts.map(|put| serde_json::from_str(put.split_once("\r\n\r\n").unwrap().1));
        (answers.map(Result::unwrap).collect(), outcome)
    }
}
