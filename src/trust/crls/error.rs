//! Why there are no CRLs out of a bucket.

use http::StatusCode;

use super::manifest::ManifestError;
use crate::trust::lists::ListFault;

/// Why the CRLs of a bucket cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum CrlsError {
    #[error(
        "{object} cannot be fetched: {reason}; is there a route, or a gateway endpoint, to S3?"
    )]
    Unreachable { object: String, reason: String },
    #[error("{object} cannot be fetched: S3 answers {status}{}; {}", in_brackets(.code.as_deref()), advice(*.status))]
    Refused { object: String, status: StatusCode, code: Option<String> },
    #[error("{object} {error}")]
    Manifest { object: String, error: ManifestError },
    #[error("{object} does not have the {bytes} bytes that the manifest names")]
    Size { object: String, bytes: u64 },
    #[error("{object} does not have the SHA-256 by which it is named")]
    Digest { object: String },
    #[error("{object} {fault}")]
    List { object: String, fault: ListFault },
    #[error("S3 went silent for {seconds} s in the middle of {object}")]
    Silent { object: String, seconds: u64 },
    #[error("the CRLs have not been read to their end yet")]
    Unfinished,
}

fn in_brackets(code: Option<&str>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => {
            "has the fetcher of the CRLs run, and does TRUST_CRLS name its bucket and prefix?"
        }
        StatusCode::FORBIDDEN => {
            "the function's role needs s3:GetObject there, s3:ListBucket to be told what is missing, and kms:Decrypt for a \
                                  bucket with a key of its own; and an endpoint's policy has to let it through"
        }
        StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT => {
            "the bucket has to be in the function's own region"
        }
        _ => "it is asked again",
    }
}
