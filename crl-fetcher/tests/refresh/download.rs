//! What a server may do, and what it may not.

use std::time::Duration;

use alb_mtls_adapter::trust::crls::manifest::MOST_BYTES;
use crl_fetcher::download::{Answer, DownloadError, Downloader, Validators};

use crate::{
    stage::{CRL, Stage},
    support::{
        PATIENCE, reason,
        web::{Page, Web, gzip},
        words,
    },
};

/// What becomes of a page where nothing stands.
async fn fetched(page: impl FnOnce(&Stage) -> Page) -> String {
    let stage = Stage::new().await;
    stage.web.put(CRL, page(&stage));
    let report = stage.refresh().await;
    match words(&report)[..] {
        ["failed"] => {
            assert!(stage.files().is_empty());
            reason(&report)
        }
        [word] => word.to_owned(),
        _ => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn crl_is_taken_as_der_as_pem_and_in_gzip() {
    let der = |stage: &Stage| stage.five().der();
    let encoded = |body: &[u8]| {
        let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len());
        Page::with("200 OK", &headers, body)
    };
    assert_eq!(fetched(|stage| Page::of(&der(stage))).await, "replaced");
    assert_eq!(fetched(|stage| Page::of(stage.five().pem().as_bytes())).await, "replaced");
    assert_eq!(fetched(|stage| Page::of(&gzip(&der(stage)))).await, "replaced");
    assert_eq!(fetched(|stage| encoded(&gzip(&der(stage)))).await, "replaced");
    assert_eq!(fetched(|stage| encoded(&gzip(stage.five().pem().as_bytes()))).await, "replaced");
    // Without a length, the end of the connection is the end.
    let until_the_end = |stage: &Stage| Page::with("200 OK", "", &der(stage));
    assert_eq!(fetched(until_the_end).await, "replaced");
}

#[tokio::test]
async fn answer_that_does_not_come_to_its_end_is_not_taken() {
    let longer = |stage: &Stage| {
        let der = stage.five().der();
        Page::with("200 OK", &format!("Content-Length: {}\r\n", der.len() + 1), &der)
    };
    assert!(fetched(longer).await.starts_with("it cannot be fetched: "));
    let shorter = |stage: &Stage| {
        let der = stage.five().der();
        Page::with("200 OK", &format!("Content-Length: {}\r\n", der.len() - 1), &der)
    };
    assert!(fetched(shorter).await.contains("was it cut off?"));
    let without_length = |stage: &Stage| {
        let der = stage.five().der();
        Page::with("200 OK", "", &der[..der.len() - 1])
    };
    assert!(fetched(without_length).await.contains("was it cut off?"));
    let packed = |stage: &Stage| {
        let packed = gzip(&stage.five().der());
        Page::with("200 OK", "", &packed[..packed.len() - 9])
    };
    assert!(fetched(packed).await.contains("cannot be unpacked"));
}

#[tokio::test]
async fn status_other_than_200_is_told() {
    assert_eq!(fetched(|_| Page::with("404 Not Found", "", b"")).await, "it answers 404 Not Found");
    let unavailable =
        |stage: &Stage| Page::with("503 Service Unavailable", "", &stage.five().der());
    assert_eq!(fetched(unavailable).await, "it answers 503 Service Unavailable");
    let unasked = fetched(|_| Page::with("304 Not Modified", "", b"")).await;
    assert_eq!(unasked, "it answers 304 Not Modified");
}

#[tokio::test]
async fn encoding_that_was_not_asked_for_is_told() {
    let page =
        |stage: &Stage| Page::with("200 OK", "Content-Encoding: br\r\n", &stage.five().der());
    assert!(fetched(page).await.contains("Content-Encoding"));
}

#[tokio::test]
async fn redirects_stay_on_their_host_and_are_three_at_most() {
    let chain = |stage: &Stage, length: usize| {
        for step in 1..length {
            stage.web.put(&format!("/{step}"), Page::redirect(&format!("/{}", step + 1)));
        }
        stage.web.put(&format!("/{length}"), Page::of(&stage.five().der()));
        Page::redirect("/1")
    };
    assert_eq!(fetched(|stage| chain(stage, 3)).await, "replaced");
    assert!(fetched(|stage| chain(stage, 4)).await.contains("it is the fourth"));
    let elsewhere = |stage: &Stage| Page::redirect(&stage.url().replace("127.0.0.1", "localhost"));
    let why = fetched(elsewhere).await;
    assert!(why.contains("it leads to another host, localhost, and such"), "{why}");
}

#[tokio::test]
async fn more_than_is_read_is_told_and_not_kept() {
    let announced =
        |_: &Stage| Page::with("200 OK", &format!("Content-Length: {}\r\n", MOST_BYTES + 1), b"0");
    assert_eq!(fetched(announced).await, format!("it has more than {MOST_BYTES} bytes"));
    let too_many = usize::try_from(MOST_BYTES).unwrap() + 1;
    let sent = |_: &Stage| Page::with("200 OK", "", &vec![b'0'; too_many]);
    assert_eq!(fetched(sent).await, format!("it has more than {MOST_BYTES} bytes"));
    let bomb = |_: &Stage| Page::of(&gzip(&vec![b'0'; too_many]));
    assert!(fetched(bomb).await.ends_with("when it is unpacked"));
}

#[tokio::test]
async fn server_that_says_nothing_is_not_waited_for() {
    let web = Web::start().await;
    web.put(CRL, Page::Silent);
    let url = web.url(CRL).parse().unwrap();
    let downloader = Downloader::new().unwrap();
    let limit = Duration::from_millis(50);
    let answer = downloader.get(&url, &Validators::default(), limit).await;
    assert!(matches!(answer, Err(DownloadError::TooSlow(it)) if it == limit), "{answer:?}");
}

#[tokio::test]
async fn host_that_is_not_there_is_told_without_the_query() {
    let url = "http://127.0.0.1:1/ca.crl?token=secret".parse().unwrap();
    let answer = Downloader::new().unwrap().get(&url, &Validators::default(), PATIENCE).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, DownloadError::Connection(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn validators_of_the_last_answer_are_sent_with_the_next_request() {
    let web = Web::start().await;
    let headers = "ETag: W/\"1\"\r\nLast-Modified: Mon, 01 Jun 2026 12:00:00 GMT\r\n";
    web.put(CRL, Page::with("200 OK", headers, b"x"));
    let (url, downloader) = (web.url(CRL).parse().unwrap(), Downloader::new().unwrap());
    let first = downloader.get(&url, &Validators::default(), PATIENCE).await.unwrap();
    let Answer::Content { validators, .. } = first else { panic!("{first:?}") };
    assert_eq!(validators.etag.as_deref(), Some("W/\"1\""));
    web.put(CRL, Page::with("304 Not Modified", "", b""));
    let second = downloader.get(&url, &validators, PATIENCE).await;
    assert!(matches!(second, Ok(Answer::Unchanged)), "{second:?}");
    let asked = web.asked();
    assert!(!asked[0].contains("if-none-match"), "{asked:?}");
    assert!(asked[1].contains("if-none-match: W/\"1\"\r\n"), "{asked:?}");
    assert!(asked[1].contains("if-modified-since: Mon, 01 Jun 2026 12:00:00 GMT\r\n"), "{asked:?}");
}
