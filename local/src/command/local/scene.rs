//! Everything that runs for `alb-mtls local`: what was named, and stand-ins for the rest.

use std::{slice, sync::Arc, time::SystemTime};

use alb_mtls::{
    alb::{Config, EventSettings, HeaderMode, Listener, Target},
    s3::Bucket,
    secrets::{self, SecretValue, Secrets},
    wso2::{self, Gateway},
};
use alb_mtls_adapter::{
    forward::credentials,
    secrets::Source,
    trust::{bundle::TrustBundle, crls::CrlSet},
};
use aws_config::SdkConfig;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::options::Local;
use crate::command::{
    credentials::{ClientIdentity, Files, ServerIdentity},
    crls,
    error::CommandError,
    function,
    journal::{Entry, Journal},
    trust,
};

/// It ends when it is dropped, and its files with it.
pub(super) struct Scene {
    pub(super) listener: Listener,
    pub(super) entries: UnboundedReceiver<Entry>,
    pub(super) gateway: Server<Gateway>,
    pub(super) secrets: Server<Secrets>,
    pub(super) bucket: Option<Bucket>,
    /// The function's settings, as its environment has them.
    pub(super) variables: Vec<(&'static str, String)>,
    pub(super) files: Files,
    _directory: TempDir,
}

/// Somebody else's server, or a stand-in that lives as long as this value.
pub(super) struct Server<T> {
    pub(super) url: String,
    pub(super) stand_in: Option<T>,
}

impl Scene {
    pub(super) async fn set(told: &Local) -> Result<Self, CommandError> {
        let now = OffsetDateTime::now_utc();
        let directory = tempfile::Builder::new().prefix("alb-mtls-").tempdir()?;
        let files = Files::within(directory.path());
        let server = ServerIdentity::new(told.listen.ip(), now)?;
        files.write_server(&server)?;
        if told.makes_a_client() {
            files.write_client(&ClientIdentity::new(now)?)?;
        }
        let gateway = gateway(told).await?;
        let crls = crls::set(told.crls.as_ref())?;
        let (secrets, names) = manager(told, &files, crls.as_ref()).await?;
        let bucket = bucket(told).await?;
        let variables = variables(told, &gateway.url, names, bucket.as_ref());

        let journal = Journal::default();
        let (observer, entries) = journal.observer();
        let target = match &told.invoke_url {
            Some(url) => Target::endpoint(url)?,
            None => {
                let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
                let aws = aws(&secrets.url, bucket.as_ref());
                function::start(variables, &aws, Arc::new(SystemTime::now), journal.sink()).await?
            }
        };
        let event = event_settings(told);
        let config = Config { event, observer, ..Config::new(told.listen, server.leaf) };
        let listener = Listener::start(config, target).await?;
        let _directory = directory;
        Ok(Self { listener, entries, gateway, secrets, bucket, variables, files, _directory })
    }
}

async fn gateway(told: &Local) -> Result<Server<Gateway>, CommandError> {
    if let Some(url) = &told.gateway {
        return Ok(Server { url: url.clone(), stand_in: None });
    }
    let config = wso2::Config {
        address: told.gateway_listen,
        certificate_header: told.function.gateway_cert_header.clone(),
        mode: told.wso2_mode,
        ..wso2::Config::default()
    };
    let stand_in = Gateway::start(config)
        .await
        .map_err(|source| CommandError::StandIn { what: "gateway", source })?;
    Ok(Server { url: stand_in.url(), stand_in: Some(stand_in) })
}

/// The names of the secrets that the function is told.
struct Names {
    trust_bundle: String,
    gateway_ca: Option<String>,
    gateway_identity: Option<String>,
}

/// Where the secrets are, and under which names.
async fn manager(
    told: &Local,
    files: &Files,
    crls: Option<&CrlSet>,
) -> Result<(Server<Secrets>, Names), CommandError> {
    let settings = &told.function;
    if let (Some(url), Some(names)) = (&told.secrets_endpoint, &settings.trust_bundle_secrets) {
        let names = Names {
            trust_bundle: names.clone(),
            gateway_ca: settings.gateway_ca_secret.clone(),
            gateway_identity: settings.gateway_identity_secret.clone(),
        };
        return Ok((Server { url: url.clone(), stand_in: None }, names));
    }
    let bundle = bundle(told, files, crls)?;
    let (ca, identity) = gateway_credentials(told)?;
    let stand_in = Secrets::start(told.secrets_listen)
        .await
        .map_err(|source| CommandError::StandIn { what: "Secrets Manager", source })?;
    let put = |name: &str, source: Source| {
        stand_in.put(name, SecretValue::Binary(source.content)).map(|_| name.to_owned())
    };
    let mut trust_bundle = Vec::new();
    for (source, number) in bundle.into_iter().zip(1..) {
        trust_bundle.push(put(&format!("trust-bundle-{number}"), source)?);
    }
    let names = Names {
        trust_bundle: trust_bundle.join(","),
        gateway_ca: ca.map(|source| put("gateway-ca", source)).transpose()?,
        gateway_identity: identity.map(|source| put("gateway-identity", source)).transpose()?,
    };
    Ok((Server { url: stand_in.url(), stand_in: Some(stand_in) }, names))
}

/// The trust bundle's files. The function would only log what is wrong with them, and answer 503.
fn bundle(told: &Local, files: &Files, crls: Option<&CrlSet>) -> Result<Vec<Source>, CommandError> {
    let sources = match told.bundle.as_slice() {
        [] => trust::sources(slice::from_ref(&files.bundle))?,
        given => trust::sources(given)?,
    };
    TrustBundle::read_with(&sources, crls, SystemTime::now())?;
    Ok(sources)
}

/// The folder with CRLs, as a bucket.
async fn bucket(told: &Local) -> Result<Option<Bucket>, CommandError> {
    let Some(directory) = &told.crls else { return Ok(None) };
    let bucket = Bucket::start(told.crls_listen, directory.clone())
        .await
        .map_err(|source| CommandError::StandIn { what: "S3", source })?;
    Ok(Some(bucket))
}

/// How the function in this process reaches both.
fn aws(secrets: &str, bucket: Option<&Bucket>) -> SdkConfig {
    let config = secrets::config(secrets);
    match bucket {
        Some(bucket) => bucket.beside(&config),
        None => config,
    }
}

/// The files that secure the connection to the gateway; the same goes for them.
fn gateway_credentials(told: &Local) -> Result<(Option<Source>, Option<Source>), CommandError> {
    let ca = told.gateway_ca.as_deref().map(trust::source).transpose()?;
    let identity = told.gateway_identity.as_deref().map(trust::source).transpose()?;
    credentials::read(ca.as_ref(), identity.as_ref(), SystemTime::now())?;
    Ok((ca, identity))
}

fn variables(
    told: &Local,
    gateway: &str,
    secrets: Names,
    bucket: Option<&Bucket>,
) -> Vec<(&'static str, String)> {
    let settings = &told.function;
    let mut variables = vec![
        ("GATEWAY_URL", gateway.to_owned()),
        ("TRUST_BUNDLE_SECRETS", secrets.trust_bundle),
        ("CLIENT_CERT_HEADER", settings.client_cert_header.to_string()),
        ("GATEWAY_CERT_HEADER", settings.gateway_cert_header.to_string()),
        ("CLIENT_CERT_MODE", settings.policy.client_cert_mode.to_string()),
        ("PREFLIGHT", settings.preflight.to_string()),
        ("REVOCATION", settings.policy.revocation.to_string()),
        ("GATEWAY_CERT_FORMAT", settings.policy.gateway_cert_format.to_string()),
    ];
    variables.extend(secrets.gateway_ca.map(|name| ("GATEWAY_CA_SECRET", name)));
    variables.extend(secrets.gateway_identity.map(|name| ("GATEWAY_IDENTITY_SECRET", name)));
    variables.extend(bucket.map(|bucket| ("TRUST_CRLS", bucket.location())));
    variables
}

fn event_settings(told: &Local) -> EventSettings {
    EventSettings {
        header_mode: if told.single_value { HeaderMode::Single } else { HeaderMode::Multi },
        certificate_header: told.function.client_cert_header.to_string(),
        ..EventSettings::default()
    }
}
