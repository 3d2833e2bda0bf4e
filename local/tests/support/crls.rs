//! A folder with CRLs, as `crl-fetcher` writes it.

use std::{fs, path::PathBuf};

use alb_mtls::pki::{Authority, pem};
use alb_mtls_adapter::trust::crls::manifest::{Listed, Manifest};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{NOW, bucket, lists::List};

/// A folder that ends with this value.
pub(crate) struct CrlFolder(TempDir);

impl CrlFolder {
    /// With a manifest that names these.
    pub(crate) fn new(ders: &[Vec<u8>]) -> Self {
        let folder = Self::empty();
        folder.publish(&ders.iter().map(Vec::as_slice).collect::<Vec<_>>());
        folder
    }

    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn publish(&self, lists: &[&[u8]]) {
        let crls = lists.iter().map(|der| {
            let crl = bucket::listed(der);
            self.put(&crl.file(), der);
            crl
        });
        self.put_manifest(crls.collect());
    }

    pub(crate) fn put_manifest(&self, crls: Vec<Listed>) {
        let manifest = Manifest::new("2026-06-01T12:00:00Z".to_owned(), crls).unwrap();
        self.put("manifest.json", manifest.to_json().unwrap().as_bytes());
    }

    pub(crate) fn put(&self, file: &str, content: &[u8]) {
        fs::write(self.file(file), content).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.file(file)).unwrap();
    }

    pub(crate) fn file(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }
}

/// A list for what judges by this machine's clock.
pub(crate) fn list_now(authority: &Authority) -> List {
    let days = (OffsetDateTime::now_utc() - NOW).whole_days();
    List::of(authority).days(days - 1, days + 6)
}

pub(crate) fn crl_pem(der: &[u8]) -> String {
    pem(der).replace("CERTIFICATE", "X509 CRL")
}
