//! A secret, through the user's `aws`.

use std::io::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{aws::Aws, failure::Failure};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// One secret.
#[derive(Debug)]
pub(super) struct Secret<'a> {
    pub(super) aws: &'a Aws,
    pub(super) name: &'a str,
}

/// One version of it.
pub(super) struct Version {
    pub(super) id: String,
    pub(super) content: Vec<u8>,
}

impl Secret<'_> {
    /// The version that the function reads; none where nothing was ever put.
    pub(super) async fn current(&self, err: &mut dyn Write) -> Result<Option<Version>, Failure> {
        let refusal = match self.version(CURRENT, err).await {
            Err(Failure::Refused(refusal)) if refusal.is_not_found() => refusal,
            version => return version.map(Some),
        };
        // The same code stands for no secret and for one without a version; only words tell them apart.
        let secret = self.aws.call("describe-secret", &[self.id()], b"", err).await;
        match secret {
            Ok(secret) if !has_current(&secret) => Ok(None),
            Err(Failure::Refused(refusal)) if !refusal.is_not_found() => Err(refusal.into()),
            _ => Err(refusal.into()),
        }
    }

    /// The version before it, if there is one. Ask only for a secret that has a current one.
    pub(super) async fn previous(&self, err: &mut dyn Write) -> Result<Option<Version>, Failure> {
        match self.version(PREVIOUS, err).await {
            Err(Failure::Refused(refusal)) if refusal.is_not_found() => Ok(None),
            version => version.map(Some),
        }
    }

    async fn version(&self, stage: &str, err: &mut dyn Write) -> Result<Version, Failure> {
        const OPERATION: &str = "get-secret-value";
        let arguments = [self.id(), format!("--version-stage={stage}")];
        let answer = self.aws.call(OPERATION, &arguments, b"", err).await?;
        Version::read(&answer).ok_or(Failure::Unintelligible { operation: OPERATION })
    }

    /// Puts a version under an id that the caller has made up: sent again by `aws`, it is still one version.
    ///
    /// The content goes through a file that only this user may read, and that is gone afterwards: on the command
    /// line every user of the machine could read it. Standard input would not do: version 1 of `aws` opens what
    /// `--cli-input-json` names twice, and finds a pipe empty then. Text travels as JSON in ASCII, since a file
    /// named by `--secret-string` is read in the machine's own encoding, with other line ends.
    pub(super) async fn put(
        &self,
        content: &[u8],
        id: &str,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        let mut file = NamedTempFile::with_prefix("alb-mtls-").map_err(Failure::File)?;
        let (option, bytes) = match str::from_utf8(content) {
            Ok(text) => ("--cli-input-json=file", ascii(&json!({ "SecretString": text }))),
            Err(_) => ("--secret-binary=fileb", content.to_vec()),
        };
        file.write_all(&bytes).and_then(|()| file.flush()).map_err(Failure::File)?;
        let input = format!("{option}://{}", file.path().display());
        let arguments = [self.id(), input, format!("--client-request-token={id}")];
        self.aws.call("put-secret-value", &arguments, content, err).await.map(drop)
    }

    /// Makes another version the current one; refused where `from` no longer is.
    pub(super) async fn move_current(
        &self,
        from: &str,
        to: &str,
        err: &mut dyn Write,
    ) -> Result<(), Failure> {
        let arguments = [
            self.id(),
            format!("--version-stage={CURRENT}"),
            format!("--move-to-version-id={to}"),
            format!("--remove-from-version-id={from}"),
        ];
        self.aws.call("update-secret-version-stage", &arguments, b"", err).await.map(drop)
    }

    fn id(&self) -> String {
        format!("--secret-id={}", self.name)
    }
}

impl Version {
    fn read(answer: &Value) -> Option<Self> {
        let text = |member: &str| answer.get(member).and_then(Value::as_str);
        let content = match (text("SecretString"), text("SecretBinary")) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(base64)) => BASE64_STANDARD.decode(base64).ok()?,
            (None, None) => return None,
        };
        Some(Self { id: text("VersionId")?.to_owned(), content })
    }
}

/// Whether a secret, as it is described, has a current version.
fn has_current(secret: &Value) -> bool {
    let versions = secret.get("VersionIdsToStages").and_then(Value::as_object);
    let mut stages = versions.into_iter().flat_map(|all| all.values()).filter_map(Value::as_array);
    stages.any(|stages| stages.iter().any(|stage| stage == CURRENT))
}

/// JSON in which every other character is escaped.
fn ascii(json: &Value) -> Vec<u8> {
    let mut text = String::new();
    for char in json.to_string().chars() {
        match char.is_ascii() {
            true => text.push(char),
            false => {
                let mut units = [0; 2];
                for unit in char.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_aws_is_ascii_and_says_the_same() {
        let value = json!({ "SecretString": "# Größe 😀\r\n\"\\" });
        let written = ascii(&value);
        assert!(written.is_ascii());
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), value);
    }

    #[test]
    fn version_is_text_or_bytes_and_nothing_without_either() {
        let read = |answer| Version::read(&answer).map(|version| version.content);
        assert_eq!(read(json!({"VersionId": "1", "SecretString": "x"})).unwrap(), b"x");
        assert_eq!(read(json!({"VersionId": "1", "SecretBinary": "H4s="})).unwrap(), [0x1f, 0x8b]);
        assert!(read(json!({"VersionId": "1"})).is_none());
        assert!(read(json!({"SecretString": "x"})).is_none());
    }
}
