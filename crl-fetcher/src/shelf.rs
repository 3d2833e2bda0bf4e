//! Where CRLs are put: a manifest, and one file for each CRL, whose name is its SHA-256.
//!
//! A file never changes, and the manifest is written after all that it names. So a reader sees one set or the next,
//! and two who write at once do each other no harm.

mod bucket;
mod directory;

use std::{io, time::SystemTime};

use alb_mtls_adapter::trust::crls::manifest::{Listed, Manifest, ManifestError};

pub use self::{bucket::Bucket, directory::Directory};

/// The name of the manifest.
const MANIFEST: &str = "manifest.json";

/// A place for one set of CRLs.
pub trait Shelf: Sync {
    /// The set that stands; none at first.
    fn standing(&self) -> impl Future<Output = Result<Option<Standing>, ShelfError>> + Send;

    /// The files with CRLs, named by the manifest or not.
    fn stored(&self) -> impl Future<Output = Result<Vec<Stored>, ShelfError>> + Send;

    /// The content of a CRL's file.
    fn crl(&self, crl: &Listed) -> impl Future<Output = Result<Vec<u8>, ShelfError>> + Send;

    /// Puts a CRL. Nobody reads it before a manifest names it.
    fn put(
        &self,
        crl: &Listed,
        der: Vec<u8>,
    ) -> impl Future<Output = Result<(), ShelfError>> + Send;

    /// Puts a manifest in the place of the version that was read, or where none was.
    ///
    /// [`ShelfError::Overtaken`] if another stands there meanwhile.
    fn publish(
        &self,
        manifest: &Manifest,
        before: Option<&str>,
    ) -> impl Future<Output = Result<(), ShelfError>> + Send;

    /// Removes the file of a CRL that nobody needs any more.
    fn remove(&self, file: &str) -> impl Future<Output = Result<(), ShelfError>> + Send;
}

/// A set that stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Which CRLs.
    pub manifest: Manifest,
    /// By which it is known whether another one was put meanwhile.
    pub version: String,
}

/// A file with a CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name, without the folder or prefix.
    pub file: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was put.
    pub since: SystemTime,
}

/// Whether a file's name is that of a CRL: nothing else is ever removed.
fn is_crl(file: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    file.strip_suffix(".crl").is_some_and(|name| name.len() == 64 && name.bytes().all(is_hex))
}

/// Why CRLs cannot be put, or what was put cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// S3 said no, or did not answer.
    #[error("{action} on s3://{bucket}/{key}: {reason}")]
    S3 {
        /// The action, as IAM calls it.
        action: &'static str,
        /// The bucket.
        bucket: String,
        /// The object, or what the names of all begin with.
        key: String,
        /// What S3 said, and what to do.
        reason: String,
    },
    /// The folder.
    #[error("{path}: {reason}")]
    File {
        /// The path.
        path: String,
        /// What the system said.
        reason: io::Error,
    },
    /// What stands there is no manifest, or what is to be put would be none.
    #[error("{place} {fault}")]
    Manifest {
        /// Where.
        place: String,
        /// What is wrong with it.
        fault: ManifestError,
    },
    /// Somebody else has put a manifest meanwhile.
    #[error(
        "{place} was replaced by somebody else meanwhile, again and again; is another fetcher writing there?"
    )]
    Overtaken {
        /// Where.
        place: String,
    },
}
