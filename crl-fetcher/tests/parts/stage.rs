//! A CA, the web server that has its CRLs, and AWS.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::{telemetry::Sink, trust::crls::location::CrlLocation};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::config::SharedHttpClient;
use crl_fetcher::{Function, FunctionError, settings::Settings, shelf::Bucket};
use serde_json::Value;

use crate::{
    authority::OpenSslCa,
    support::{
        PATIENCE,
        real_parts::{Moto, REGION, Secret, WebServer},
    },
};

pub(crate) const BUCKET: &str = "crls-of-mine";

pub(crate) struct Stage {
    pub(crate) ca: OpenSslCa,
    pub(crate) nginx: WebServer,
    pub(crate) moto: Moto,
    aws: SdkConfig,
    lines: Arc<Mutex<Vec<Value>>>,
}
