//! A CA, where it publishes its CRL, and where that is put.

use std::sync::Arc;

use alb_mtls::pki::Authority;
use alb_mtls_adapter::trust::bundle::TrustBundle;
use crl_fetcher::{report::Report, shelf::Directory};
use tempfile::TempDir;

use crate::support::{
    authority, bundle,
    lists::List,
    refresh, standing,
    web::{Page, Web},
};

/// The path of the CA's CRL.
pub(crate) const CRL: &str = "/ca.crl";

pub(crate) struct Stage {
    pub(crate) ca: Authority,
    pub(crate) bundle: Arc<TrustBundle>,
    pub(crate) web: Web,
    pub(crate) folder: TempDir,
    pub(crate) shelf: Directory,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let ca = authority("CA");
        let bundle = bundle(&[&ca]);
        let folder = TempDir::new().unwrap();
        let shelf = Directory::new(folder.path()).unwrap();
        Self { ca, bundle, web: Web::start().await, folder, shelf }
    }

    /// The same, where the CRL number 5 stands.
    pub(crate) async fn with_five() -> Self {
        let stage = Self::new().await;
        stage.publish(&stage.five());
        assert!(stage.refresh().await.is_current());
        stage
    }

    pub(crate) fn list(&self) -> List {
        List::of(&self.ca)
    }

    pub(crate) fn five(&self) -> List {
        self.list().number(5)
    }

    pub(crate) fn publish(&self, list: &List) {
        self.web.put(CRL, Page::of(&list.der()));
    }

    pub(crate) fn url(&self) -> String {
        self.web.url(CRL)
    }

    pub(crate) async fn refresh(&self) -> Report {
        refresh(&[&self.url()], &self.bundle, &self.shelf).await.unwrap()
    }

    pub(crate) async fn standing(&self) -> Vec<String> {
        standing(&self.shelf).await
    }

    /// The names of all files, in their order.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}
