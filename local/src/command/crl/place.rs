//! Where the CRLs are.

use std::{fmt, path::PathBuf, str::FromStr};

use alb_mtls_adapter::trust::crls::location::CrlLocation;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// A folder or a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Directory(PathBuf),
    Bucket(CrlLocation),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            url if url.contains("://") => Ok(Self::Bucket(url.parse()?)),
            path => Ok(Self::Directory(path.into())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Bucket(location) => location.fmt(f),
        }
    }
}

/// How AWS is reached, as all of its SDKs find out: by variables, profiles, and the role of the machine. What is
/// missing is said before anything is asked.
pub(super) async fn aws() -> Result<SdkConfig, AwsError> {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let provider = config.credentials_provider().ok_or(AwsError::NoCredentials(String::new()))?;
    let credentials = provider.provide_credentials().await;
    credentials.map_err(|error| AwsError::NoCredentials(words(&error)))?;
    if config.region().is_none() {
        return Err(AwsError::NoRegion);
    }
    Ok(config)
}

/// An error of the SDK with its causes, of which it names none itself.
fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(|cause| format!(": {cause}")).collect()
}

/// Why AWS cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum AwsError {
    #[error(
        "no credentials for AWS{0}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run first: \
         eval \"$(aws configure export-credentials --format env)\""
    )]
    NoCredentials(String),
    #[error("no Region for AWS; set AWS_REGION to that of the bucket")]
    NoRegion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_is_told_from_a_folder_by_its_scheme() {
        let read = |text: &str| text.parse::<Place>();
        let bucket = read("s3://our-crls/clients").unwrap();
        assert!(matches!(bucket, Place::Bucket(_)), "{bucket:?}");
        assert_eq!(bucket.to_string(), "s3://our-crls/clients/");
        assert_eq!(read("s3"), Ok(Place::Directory("s3".into())));
        assert_eq!(read("/srv/crls/"), Ok(Place::Directory("/srv/crls/".into())));
        assert_eq!(read("https://our-crls"), Err("expected s3://bucket/prefix/".to_owned()));
        assert!(read("s3://No_Bucket/").unwrap_err().contains("bucket"));
    }
}
