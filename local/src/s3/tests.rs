use reqwest::{
    Client,
    header::{CONTENT_RANGE, ETAG, IF_NONE_MATCH, RANGE},
};
use tempfile::TempDir;

use super::*;

/// A bucket with the object `list.crl`, which is `0123456789`.
struct Stage {
    bucket: Bucket,
    directory: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let directory = TempDir::new().unwrap();
        let stage = Self {
            bucket: Bucket::start(([127, 0, 0, 1], 0).into(), directory.path().into())
                .await
                .unwrap(),
            directory,
        };
        stage.put("list.crl", b"0123456789");
        stage
    }

    fn put(&self, file: &str, content: &[u8]) {
        fs::write(self.directory.path().join(file), content).unwrap();
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .request(method, format!("{}{path}", self.bucket.url()))
    }

    fn get(&self, object: &str) -> reqwest::RequestBuilder {
        self.request(Method::GET, &format!("/local-crls/{object}"))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn has(text: &str) -> (u16, String) {
    (200, text.to_owned())
}

#[tokio::test]
async fn object_is_the_file_of_its_name_as_it_is_when_it_is_asked_for() {
    let stage = Stage::set().await;
    assert_eq!(answer(stage.get("list.crl")).await, has("0123456789"));
    stage.put("list.crl", b"other");
    assert_eq!(answer(stage.get("list.crl")).await, has("other"));
    fs::remove_file(stage.directory.path().join("list.crl")).unwrap();
    assert_eq!(answer(stage.get("list.crl")).await.0, 404);
}

#[tokio::test]
async fn object_that_is_known_by_its_etag_is_not_sent_again_until_it_changes() {
    let stage = Stage::set().await;
    let etag = stage.get("list.crl").send().await.unwrap().headers()[ETAG].clone();
    let ask = || answer(stage.get("list.crl").header(IF_NONE_MATCH, etag.clone()));
    assert_eq!(ask().await, (304, String::new()));
    stage.put("list.crl", b"9876543210");
    assert_eq!(ask().await, has("9876543210"));
}

#[tokio::test]
async fn range_from_a_byte_is_the_rest_and_says_of_what() {
    let stage = Stage::set().await;
    let part = stage.get("list.crl").header(RANGE, "bytes=7-").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()[CONTENT_RANGE], "bytes 7-9/10");
    assert_eq!(part.text().await.unwrap(), "789");
    let last = answer(stage.get("list.crl").header(RANGE, "bytes=9-")).await;
    assert_eq!(last, (206, "9".to_owned()));
    let (status, error) = answer(stage.get("list.crl").header(RANGE, "bytes=10-")).await;
    assert_eq!(status, 416);
    assert!(error.contains("<Code>InvalidRange</Code>"), "{error}");
}

#[tokio::test]
async fn what_the_function_does_not_ask_for_is_refused_in_the_words_of_s3() {
    let stage = Stage::set().await;
    let ranged = |range: &str| stage.get("list.crl").header(RANGE, range);
    for (request, status, code) in [
        (stage.request(Method::PUT, "/local-crls/list.crl"), 405, "MethodNotAllowed"),
        (stage.request(Method::DELETE, "/local-crls/list.crl"), 405, "MethodNotAllowed"),
        (stage.get("list.crl?versionId=1"), 501, "NotImplemented"),
        (stage.get("?list-type=2"), 501, "NotImplemented"),
        (stage.get(""), 501, "NotImplemented"),
        (stage.request(Method::GET, "/local-crls"), 501, "NotImplemented"),
        (ranged("bytes=1-2"), 501, "NotImplemented"),
        (ranged("bytes=-3"), 501, "NotImplemented"),
        (ranged("bytes=-"), 501, "NotImplemented"),
        (ranged("bytes=+1-"), 501, "NotImplemented"),
        (stage.request(Method::GET, "/other/list.crl"), 404, "NoSuchBucket"),
        (stage.request(Method::GET, "/"), 404, "NoSuchBucket"),
        (stage.get("other.crl"), 404, "NoSuchKey"),
    ] {
        let (was, error) = answer(request).await;
        assert_eq!(was, status, "{error}");
        assert!(error.contains(&format!("<Error><Code>{code}</Code><Message>")), "{error}");
    }
    assert_eq!(answer(stage.get("list.crl")).await.0, 200);
}

#[tokio::test]
async fn nothing_is_served_but_plain_files_of_the_folder() {
    let stage = Stage::set().await;
    let inside = stage.directory.path().join("folder");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("list.crl"), b"inside").unwrap();
    stage.put(".secret", b"secret");
    for name in ["folder/list.crl", ".secret", "folder%2Flist.crl", "..%2Fx", ".%2Flist.crl"] {
        let (status, error) = answer(stage.get(name)).await;
        assert_eq!(status, 404, "{name}: {error}");
    }
    let (status, error) = answer(stage.get("folder")).await;
    assert_eq!(status, 500, "{error}");
}

#[tokio::test]
async fn endpoint_is_that_of_s3_alone() {
    let stage = Stage::set().await;
    let config = crate::secrets::config("http://secrets.example");
    let config = stage.bucket.beside(&config);
    let endpoint = |service: &str| {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL");
        let key = key.profile("endpoint_url").build().unwrap();
        config.service_config().unwrap().load_config(key)
    };
    assert_eq!(endpoint("S3"), Some(stage.bucket.url()));
    assert_eq!(endpoint("Secrets Manager"), None);
    assert_eq!(config.endpoint_url(), Some("http://secrets.example"));
}
