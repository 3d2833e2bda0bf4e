//! A folder with CRLs, or a bucket.

use std::{
    io,
    path::{Path, PathBuf},
};

use alb_mtls::pki::fingerprint;
use alb_mtls_adapter::trust::{
    crls::{
        CrlSet,
        location::CrlLocation,
        manifest::{Listed, Manifest, ManifestError},
    },
    revocation::{ListFault, RevocationList},
};
use crl_fetcher::shelf::{Bucket, Shelf, ShelfError};

use crate::command::{
    error::CommandError,
    input::{Input, InputError},
};

/// The file that names the others.
const MANIFEST: &str = "manifest.json";

/// What the function reads from its bucket, there or in a folder: a manifest, and the CRLs that it names.
pub(crate) struct CrlFolder {
    /// When the manifest was written, as RFC 3339 has it.
    pub(crate) written: String,
    /// In the order of the manifest.
    pub(crate) crls: Vec<Kept>,
}

/// A CRL of the folder.
pub(crate) struct Kept {
    /// The path of its file.
    pub(crate) file: String,
    /// What the manifest says of it.
    pub(crate) listed: Listed,
    pub(crate) list: RevocationList,
}

impl CrlFolder {
    /// Reads all of them, or none.
    pub(crate) fn read(directory: &Path) -> Result<Self, FolderError> {
        let path = directory.join(MANIFEST);
        let file = path.display().to_string();
        let json = Input::File(path).read(&mut io::empty()).map_err(|error| match error {
            error if error.is_missing() => FolderError::NoManifest { file: file.clone() },
            error => error.into(),
        })?;
        let Manifest { written, crls, .. } =
            Manifest::read(&json).map_err(|error| FolderError::Manifest { file, error })?;
        let crls = crls.into_iter().map(|listed| Kept::read(directory, listed));
        Ok(Self { written, crls: crls.collect::<Result<_, _>>()? })
    }

    /// The same of a bucket.
    pub(crate) async fn of(bucket: &Bucket, location: &CrlLocation) -> Result<Self, FolderError> {
        let path = |key| format!("s3://{}/{key}", location.bucket());
        let Some(standing) = bucket.standing().await? else {
            return Err(FolderError::NothingFetched { object: path(location.manifest()) });
        };
        let Manifest { written, crls: listed, .. } = standing.manifest;
        let mut crls = Vec::with_capacity(listed.len());
        for listed in listed {
            let der = bucket.crl(&listed).await?;
            crls.push(Kept::of(path(location.object(&listed)), listed, &der)?);
        }
        Ok(Self { written, crls })
    }

    /// What is read into a trust bundle.
    pub(crate) fn set(&self) -> CrlSet {
        CrlSet::new(self.crls.iter().map(|crl| (crl.file.clone(), crl.list.clone())).collect())
    }
}

impl Kept {
    fn read(directory: &Path, listed: Listed) -> Result<Self, FolderError> {
        let path = directory.join(listed.file());
        let file = path.display().to_string();
        let der = Input::File(path).read_crl().map_err(|error| match error {
            error if error.is_missing() => FolderError::Gone { file: file.clone() },
            error => error.into(),
        })?;
        Self::of(file, listed, &der)
    }

    /// Of the content of its file.
    fn of(file: String, listed: Listed, der: &[u8]) -> Result<Self, FolderError> {
        match u64::try_from(der.len()) {
            Ok(bytes) if bytes == listed.bytes => {}
            _ => {
                let (bytes, named) = (der.len(), listed.bytes);
                return Err(FolderError::Size { file, bytes, named });
            }
        }
        if fingerprint(der) != listed.sha256 {
            return Err(FolderError::Digest { file });
        }
        match RevocationList::from_der(der) {
            Ok(list) => Ok(Self { file, listed, list }),
            Err(fault) => Err(FolderError::List { file, fault }),
        }
    }
}

/// The CRLs of a folder, where one was named.
pub(crate) fn set(directory: Option<&PathBuf>) -> Result<Option<CrlSet>, FolderError> {
    let folder = directory.map(|directory| CrlFolder::read(directory)).transpose()?;
    Ok(folder.map(|folder| folder.set()))
}

/// Why there are no CRLs out of a folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error(
        "there is no {file}: expected a folder that crl-fetcher wrote, with a file <SHA-256>.crl for each CRL; a CRL \
         that you have as a single file goes into the trust bundle, as PEM"
    )]
    NoManifest { file: String },
    #[error(
        "there is no {object}: no CRLs have been fetched there; has the fetcher run, and are bucket and prefix those of \
         its TRUST_CRLS?"
    )]
    NothingFetched { object: String },
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error("{file} {error}")]
    Manifest { file: String, error: ManifestError },
    #[error("{file} is missing, and {MANIFEST} names it: fetch the CRLs anew")]
    Gone { file: String },
    #[error("{file} has {bytes} bytes, and {MANIFEST} says {named}: fetch the CRLs anew")]
    Size { file: String, bytes: usize, named: u64 },
    #[error("{file} does not have the SHA-256 by which it is named: fetch the CRLs anew")]
    Digest { file: String },
    #[error("{file} {fault}")]
    List { file: String, fault: ListFault },
}

impl From<FolderError> for CommandError {
    fn from(error: FolderError) -> Self {
        Self::own(error)
    }
}
