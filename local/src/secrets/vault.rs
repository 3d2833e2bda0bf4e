use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::random::{self, NoRandomness};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// What a secret holds.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// `SecretString`.
    Text(String),
    /// `SecretBinary`.
    Binary(Vec<u8>),
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

impl From<String> for SecretValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Why there is nothing to give.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missing {
    #[error("Secrets Manager can't find the specified secret.")]
    Secret,
    #[error("Secrets Manager can't find the specified secret value for staging label: {0}")]
    Stage(String),
    #[error("Secrets Manager can't find the specified secret value for VersionId: {0}")]
    Version(String),
}

/// Every secret, by name.
#[derive(Debug, Default)]
pub(super) struct Vault(BTreeMap<String, Secret>);

#[derive(Debug)]
struct Secret {
    arn: String,
    current: Version,
    previous: Option<Version>,
}

#[derive(Debug)]
struct Version {
    id: String,
    created: f64,
    value: SecretValue,
}

impl Vault {
    pub(super) fn put(&mut self, name: &str, value: SecretValue) -> Result<String, NoRandomness> {
        let version = Version { id: random::uuid()?, created: seconds_since_1970(), value };
        if let Some(secret) = self.0.get_mut(name) {
            secret.previous = Some(std::mem::replace(&mut secret.current, version));
            return Ok(secret.arn.clone());
        }
        // A real ARN ends in six random letters; six digits of hex do.
        let end = u32::from_be_bytes(random::bytes()?) >> 8;
        let arn = format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-{end:06x}");
        self.0
            .insert(name.to_owned(), Secret { arn: arn.clone(), current: version, previous: None });
        Ok(arn)
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The response to `GetSecretValue`.
    pub(super) fn find(
        &self,
        id: &str,
        version: Option<&str>,
        stage: Option<&str>,
    ) -> Result<Value, Missing> {
        let mut secrets = self.0.iter();
        let (name, secret) =
            secrets.find(|(name, secret)| secret.is(name, id)).ok_or(Missing::Secret)?;
        let staged = [(CURRENT, Some(&secret.current)), (PREVIOUS, secret.previous.as_ref())];
        let mut versions =
            staged.into_iter().filter_map(|(stage, version)| Some((stage, version?)));
        let (stage, version) = match (version, stage) {
            (Some(wanted), _) => versions
                .find(|(_, version)| version.id == wanted)
                .ok_or_else(|| Missing::Version(wanted.to_owned()))?,
            (None, stage) => {
                let wanted = stage.unwrap_or(CURRENT);
                versions
                    .find(|(stage, _)| *stage == wanted)
                    .ok_or_else(|| Missing::Stage(wanted.to_owned()))?
            }
        };
        let (member, value) = match &version.value {
            SecretValue::Text(text) => ("SecretString", text.clone()),
            SecretValue::Binary(bytes) => ("SecretBinary", STANDARD.encode(bytes)),
        };
        Ok(json!({
            "ARN": secret.arn,
            "Name": name,
            "VersionId": version.id,
            "VersionStages": [stage],
            "CreatedDate": version.created,
            member: value,
        }))
    }
}

impl Secret {
    fn is(&self, name: &str, id: &str) -> bool {
        name == id || self.arn == id || self.arn.rsplit_once('-').is_some_and(|(arn, _)| arn == id)
    }
}

fn seconds_since_1970() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}
