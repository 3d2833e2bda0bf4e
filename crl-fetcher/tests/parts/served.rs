//! CRLs as `openssl` signs them and nginx serves them.

use std::time::SystemTime;

use alb_mtls_adapter::trust::{
    bundle::{Source, TrustBundle},
    crls::manifest::MOST_BYTES,
};
use crl_fetcher::{report::Report, shelf::Directory};
use tempfile::TempDir;

use crate::{
    authority::OpenSslCa,
    support::{
        real_parts::WebServer,
        reason, refresh_at, standing,
        web::{Page, Web},
        words,
    },
};

struct Served {
    ca: OpenSslCa,
    nginx: WebServer,
    upstream: Web,
    folder: TempDir,
}

impl Served {
    async fn new() -> Self {
        let upstream = Web::start().await;
        let nginx = WebServer::start(&upstream.url("")).await;
        let served =
            Self { ca: OpenSslCa::new().await, nginx, upstream, folder: TempDir::new().unwrap() };
        served.nginx.put("ca.crl", &served.ca.crl().await);
        served
    }

    fn shelf(&self) -> Directory {
        Directory::new(self.folder.path()).unwrap()
    }

    async fn refresh(&self, path: &str) -> Report {
        let now = SystemTime::now();
        let source = Source { name: "bundle".to_owned(), content: self.ca.pem().into() };
        let bundle = TrustBundle::read(&[source], now).unwrap().into();
        refresh_at(now, &[&self.nginx.url(path)], &bundle, &self.shelf()).await.unwrap()
    }

    /// Why what is at a path is not put.
    async fn failed(&self, path: &str) -> String {
        let report = self.refresh(path).await;
        assert_eq!(words(&report), ["failed"]);
        assert!(standing(&self.shelf()).await.is_empty());
        reason(&report)
    }
}

#[tokio::test]
async fn crl_of_openssl_is_put_and_replaced_by_its_next() {
    let served = Served::new().await;
    assert_eq!(words(&served.refresh("ca.crl").await), ["replaced"]);
    let first = standing(&served.shelf()).await;
    let report = served.refresh("ca.crl").await;
    assert_eq!((words(&report), report.published), (vec!["unchanged"], false));
    let crl = report.crls[0].crl.as_ref().unwrap();
    assert!(crl.etag.is_some() && crl.last_modified.is_some(), "{crl:?}");
    served.nginx.put("ca.crl", &served.ca.crl().await);
    assert_eq!(words(&served.refresh("ca.crl").await), ["replaced"]);
    assert_ne!(standing(&served.shelf()).await, first);
}

#[tokio::test]
async fn crl_that_nginx_packs_is_put_and_asked_for_conditionally() {
    let served = Served::new().await;
    assert_eq!(words(&served.refresh("packed/ca.crl").await), ["replaced"]);
    let report = served.refresh("packed/ca.crl").await;
    assert_eq!(words(&report), ["unchanged"]);
    let etag = report.crls[0].crl.as_ref().and_then(|crl| crl.etag.clone()).unwrap();
    assert!(etag.starts_with("W/"), "it was not packed: {etag}");
}

#[tokio::test]
async fn what_nginx_has_in_the_place_of_a_crl_is_told() {
    let served = Served::new().await;
    assert_eq!(served.failed("none.crl").await, "it answers 404 Not Found");
    served.nginx.put("index.html", b"<!DOCTYPE html><title>maintenance</title>");
    assert!(served.failed("index.html").await.contains("HTML"));
    assert!(served.failed("away/ca.crl").await.contains("it leads to another host, localhost"));
    served.nginx.put_huge("huge.crl", MOST_BYTES + 1);
    assert_eq!(served.failed("huge.crl").await, format!("it has more than {MOST_BYTES} bytes"));
    served.nginx.put_huge("zeros.crl", MOST_BYTES);
    assert!(served.failed("zeros.crl").await.starts_with("it is no CRL: "));
}

#[tokio::test]
async fn crl_that_breaks_off_on_its_way_is_not_put() {
    let served = Served::new().await;
    let crl = served.ca.crl().await;
    let page = |length: usize| Page::with("200 OK", &format!("Content-Length: {length}\r\n"), &crl);
    served.upstream.put("/through/ca.crl", page(crl.len() + 100));
    assert!(served.failed("through/ca.crl").await.contains("cannot be fetched"));
    served.upstream.put("/through/ca.crl", page(crl.len() - 100));
    assert!(served.failed("through/ca.crl").await.starts_with("it is no CRL in PEM"));
    served.upstream.put("/through/ca.crl", page(crl.len()));
    assert_eq!(words(&served.refresh("through/ca.crl").await), ["replaced"]);
}
