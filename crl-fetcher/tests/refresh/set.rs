//! What stands as one set.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use alb_mtls_adapter::{
    certificate::identity::sha256,
    trust::crls::manifest::{Listed, Manifest},
};
use crl_fetcher::shelf::{Directory, Shelf, ShelfError, Standing, Stored};

use crate::{
    stage::{CRL, Stage},
    support::{
        client_of, now, refresh, refresh_at, standing,
        web::{Page, gzip},
        words,
    },
};

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn manifest_tells_what_was_put() {
    let stage = Stage::new().await;
    let der = stage.five().revoking(client_of(&stage.ca).der()).der();
    stage.web.put(CRL, Page::Tagged(gzip(&der), "\"5\""));
    let report = stage.refresh().await;
    assert!(report.published);
    assert_eq!(words(&report), ["replaced"]);
    let Standing { manifest, .. } = stage.shelf.standing().await.unwrap().unwrap();
    let listed = Listed {
        sha256: sha256(&der),
        bytes: der.len().try_into().unwrap(),
        url: stage.url(),
        issuer: "CN=CA".to_owned(),
        number: Some("5".to_owned()),
        delta: false,
        this_update: "2026-05-31T12:00:00Z".to_owned(),
        next_update: "2026-06-07T12:00:00Z".to_owned(),
        entries: 1,
        fetched: "2026-06-01T12:00:00Z".to_owned(),
        etag: Some("\"5\"".to_owned()),
        last_modified: None,
    };
    assert_eq!(manifest.crls, std::slice::from_ref(&listed));
    assert_eq!(stage.files(), [listed.file(), "manifest.json".to_owned()]);
    assert_eq!(stage.shelf.crl(&listed).await.unwrap(), der);
}

#[tokio::test]
async fn crl_that_is_unchanged_is_neither_sent_nor_put() {
    let stage = Stage::new().await;
    stage.web.put(CRL, Page::Tagged(stage.five().der(), "\"5\""));
    stage.refresh().await;
    let manifest = fs::read(stage.folder.path().join("manifest.json")).unwrap();
    let urls = [&*stage.url()];
    let report = refresh_at(now() + HOUR, &urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["unchanged"]);
    assert!(!report.published);
    assert!(stage.web.asked()[1].contains("if-none-match: \"5\""));
    assert_eq!(fs::read(stage.folder.path().join("manifest.json")).unwrap(), manifest);
    // Without a word of the server's, it is the bytes that tell.
    stage.publish(&stage.list().number(6));
    stage.refresh().await;
    let sent = stage.list().number(7).der();
    stage.web.put(CRL, Page::of(&sent));
    assert!(stage.refresh().await.published);
    let report = stage.refresh().await;
    assert_eq!((words(&report), report.published), (vec!["unchanged"], false));
}

#[tokio::test]
async fn manifest_tells_once_a_day_that_its_crls_are_asked_for() {
    let stage = Stage::with_five().await;
    let urls = [&*stage.url()];
    let at = |time| refresh_at(time, &urls, &stage.bundle, &stage.shelf);
    assert!(!at(now() + DAY - HOUR).await.unwrap().published);
    assert!(at(now() + DAY).await.unwrap().published);
    let standing = stage.shelf.standing().await.unwrap().unwrap();
    assert_eq!(standing.manifest.written, "2026-06-02T12:00:00Z");
    assert_eq!(standing.manifest.crls[0].fetched, "2026-06-02T12:00:00Z");
}

#[tokio::test]
async fn url_that_fails_keeps_no_other_from_being_put() {
    let stage = Stage::new().await;
    stage.publish(&stage.five());
    let urls = [stage.web.url("/none"), stage.url()];
    let urls = urls.each_ref().map(String::as_str);
    let report = refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["failed", "replaced"]);
    assert!(report.published && !report.is_complete());
    assert_eq!(
        report.to_string(),
        format!(
            "1 of 2 CRLs could not be refreshed; {} (failed): it answers 404 Not Found",
            urls[0]
        )
    );
    assert_eq!(stage.standing().await.len(), 1);
}

#[tokio::test]
async fn where_every_url_fails_what_stands_is_not_touched() {
    let stage = Stage::with_five().await;
    let before = stage.files();
    let none = stage.web.url("/none");
    let report = refresh(&[&none], &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!((words(&report), report.published), (vec!["failed"], false));
    assert_eq!(stage.files(), before);
}

#[tokio::test]
async fn crl_of_a_url_that_is_asked_no_more_leaves_the_set() {
    let stage = Stage::with_five().await;
    let another = stage.list().scope(|point| point.only_contains_ca_certs = true);
    stage.web.put("/cas.crl", Page::of(&another.der()));
    let urls = [stage.url(), stage.web.url("/cas.crl")];
    let urls = urls.each_ref().map(String::as_str);
    refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(stage.standing().await.len(), 2);
    let report = refresh(&urls[1..], &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!((words(&report), report.published), (vec!["unchanged"], true));
    assert_eq!(stage.standing().await.len(), 1);
}

#[tokio::test]
async fn crl_of_a_url_that_was_replaced_stays_until_the_new_one_has_one() {
    let stage = Stage::with_five().await;
    let new = stage.web.url("/new.crl");
    let report = refresh(&[&new], &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["failed"]);
    let before = stage.standing().await;
    let other = stage.list().scope(|point| point.only_contains_ca_certs = true);
    stage.web.put("/other.crl", Page::of(&other.der()));
    let urls = [new.as_str(), &stage.web.url("/other.crl")];
    let report = refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!((words(&report), report.published), (vec!["failed", "replaced"], true));
    assert_eq!(stage.standing().await.len(), 2);
    assert!(stage.standing().await.contains(&before[0]));
    stage.web.put("/new.crl", Page::of(&stage.five().number(6).der()));
    let report = refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced", "unchanged"]);
    assert_eq!(stage.standing().await.len(), 2);
    assert!(!stage.standing().await.contains(&before[0]));
}

#[tokio::test]
async fn crl_that_is_published_twice_stands_once() {
    let stage = Stage::new().await;
    let der = stage.five().der();
    stage.web.put(CRL, Page::of(&der));
    stage.web.put("/mirror.crl", Page::of(&der));
    let urls = [stage.url(), stage.web.url("/mirror.crl")];
    let urls = urls.each_ref().map(String::as_str);
    assert!(refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap().is_current());
    assert_eq!(stage.standing().await, [sha256(&der)]);
    let report = refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert!(report.is_current() && !report.published);
}

#[tokio::test]
async fn crl_whose_file_is_gone_or_changed_is_fetched_and_put_anew() {
    let stage = Stage::new().await;
    stage.web.put(CRL, Page::Tagged(stage.five().der(), "\"5\""));
    stage.refresh().await;
    let file = stage.folder.path().join(&stage.files()[0]);
    for change in ["gone", "changed"] {
        match change {
            "gone" => fs::remove_file(&file).unwrap(),
            _ => fs::write(&file, b"short").unwrap(),
        }
        assert_eq!(words(&stage.refresh().await), ["replaced"], "{change}");
        assert_eq!(sha256(&fs::read(&file).unwrap()), stage.standing().await[0]);
    }
}

#[tokio::test]
async fn crl_whose_file_is_gone_is_named_until_there_is_another() {
    let stage = Stage::with_five().await;
    let before = stage.standing().await;
    fs::remove_file(stage.folder.path().join(&stage.files()[0])).unwrap();
    stage.web.put(CRL, Page::with("503 Service Unavailable", "", b""));
    let another = stage.list().scope(|point| point.only_contains_ca_certs = true);
    stage.web.put("/cas.crl", Page::of(&another.der()));
    let urls = [stage.url(), stage.web.url("/cas.crl")];
    let urls = urls.each_ref().map(String::as_str);
    let report = refresh(&urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["failed", "replaced"]);
    assert_eq!(stage.standing().await[0], before[0]);
}

#[tokio::test]
async fn file_that_nobody_names_goes_after_a_day_and_after_its_successor() {
    let stage = Stage::with_five().await;
    let old = stage.files()[0].clone();
    stage.publish(&stage.list().number(6).days(0, 30));
    // Files are as old as this machine's clock says: the tests stand at another date.
    let set_age = |file: &str, time| {
        let file = fs::File::options().write(true).open(stage.folder.path().join(file)).unwrap();
        file.set_modified(time).unwrap();
    };
    let age = |time| set_age(&old, time);
    fs::write(stage.folder.path().join("notes.crl"), b"mine").unwrap();
    set_age("notes.crl", now() - DAY - HOUR);
    age(now() - DAY - HOUR);
    stage.refresh().await;
    assert!(stage.files().contains(&old), "a reader may be on its way to it");
    age(now() - DAY + HOUR);
    stage.refresh().await;
    assert!(stage.files().contains(&old), "it is not old enough");
    age(now() - DAY - HOUR);
    stage.refresh().await;
    assert!(!stage.files().contains(&old));
    assert_eq!(stage.files().len(), 3, "{:?}", stage.files());
}

/// A folder into which somebody else publishes, each time before this one does.
struct Contested<'a> {
    stage: &'a Stage,
    others: AtomicUsize,
}

impl Shelf for Contested<'_> {
    async fn standing(&self) -> Result<Option<Standing>, ShelfError> {
        self.stage.shelf.standing().await
    }

    async fn stored(&self) -> Result<Vec<Stored>, ShelfError> {
        self.stage.shelf.stored().await
    }

    async fn crl(&self, crl: &Listed) -> Result<Vec<u8>, ShelfError> {
        self.stage.shelf.crl(crl).await
    }

    async fn put(&self, crl: &Listed, der: Vec<u8>) -> Result<(), ShelfError> {
        self.stage.shelf.put(crl, der).await
    }

    async fn publish(&self, manifest: &Manifest, before: Option<&str>) -> Result<(), ShelfError> {
        let left = self.others.load(Ordering::SeqCst);
        if left > 0 {
            self.others.store(left - 1, Ordering::SeqCst);
            // What was fetched here is overtaken by a newer one, and that by the next.
            let number = 100 - 2 * u32::try_from(left).unwrap();
            self.stage.publish(&self.stage.list().number(number));
            self.stage.refresh().await;
            self.stage.publish(&self.stage.list().number(number + 1));
        }
        self.stage.shelf.publish(manifest, before).await
    }

    async fn remove(&self, file: &str) -> Result<(), ShelfError> {
        self.stage.shelf.remove(file).await
    }
}

#[tokio::test]
async fn who_is_overtaken_goes_on_from_what_stands() {
    let stage = Stage::with_five().await;
    stage.publish(&stage.list().number(6));
    let contested = Contested { stage: &stage, others: AtomicUsize::new(1) };
    let report = refresh(&[&stage.url()], &stage.bundle, &contested).await.unwrap();
    assert_eq!((words(&report), report.published), (vec!["replaced"], true));
    let Standing { manifest, .. } = stage.shelf.standing().await.unwrap().unwrap();
    assert_eq!(manifest.crls[0].number.as_deref(), Some("99"));
}

#[tokio::test]
async fn who_is_overtaken_again_and_again_gives_up_and_says_so() {
    let stage = Stage::with_five().await;
    stage.publish(&stage.list().number(6));
    let contested = Contested { stage: &stage, others: AtomicUsize::new(10) };
    let error = refresh(&[&stage.url()], &stage.bundle, &contested).await;
    assert!(matches!(error, Err(ShelfError::Overtaken { .. })), "{error:?}");
}

#[tokio::test]
async fn two_refreshes_at_once_do_each_other_no_harm() {
    let stage = Stage::new().await;
    stage.publish(&stage.five());
    let (one, two) = tokio::join!(stage.refresh(), stage.refresh());
    assert!(one.is_current() && two.is_current());
    assert_eq!(
        stage.standing().await,
        [sha256(&fs::read(stage.folder.path().join(&stage.files()[0])).unwrap())]
    );
}

#[tokio::test]
async fn manifest_that_cannot_be_read_is_not_replaced() {
    let stage = Stage::new().await;
    stage.publish(&stage.five());
    fs::write(stage.folder.path().join("manifest.json"), br#"{"format": 9}"#).unwrap();
    let error = refresh(&[&stage.url()], &stage.bundle, &stage.shelf).await.unwrap_err();
    assert!(error.to_string().contains("manifest.json has the format 9"), "{error}");
    assert_eq!(fs::read(stage.folder.path().join("manifest.json")).unwrap(), br#"{"format": 9}"#);
    let elsewhere = Directory::new(stage.folder.path().join("new/folder")).unwrap();
    refresh(&[&stage.url()], &stage.bundle, &elsewhere).await.unwrap();
    assert_eq!(standing(&elsewhere).await.len(), 1);
}
