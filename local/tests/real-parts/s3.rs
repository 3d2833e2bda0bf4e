//! The stand-in for S3 beside one of another hand: what the function asks for is answered alike.

use std::fs;

use alb_mtls::s3::Bucket;
use reqwest::{
    Client, Method, RequestBuilder,
    header::{AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE},
};
use tempfile::TempDir;

use crate::support::real_parts::{Moto, REGION};

const CONTENT: &str = "0123456789";

/// A request to S3 for a path; nobody checks the signature, and moto reads the service out of it.
pub(crate) fn request(method: Method, endpoint: &str, path: &str) -> RequestBuilder {
    let credential = format!("Credential=test/20260101/{REGION}/s3/aws4_request");
    let authorization =
        format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature={}", "0".repeat(64));
    let client = Client::builder().no_proxy().build().unwrap();
    client.request(method, format!("{endpoint}{path}")).header(AUTHORIZATION, authorization)
}

/// What a bucket is made with.
pub(crate) fn place() -> String {
    format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{REGION}\
         </LocationConstraint></CreateBucketConfiguration>"
    )
}

/// Status, `Content-Range`, and the object, or the error's code.
async fn told(request: RequestBuilder) -> (u16, Option<String>, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let range = answer.headers().get(CONTENT_RANGE);
    let range = range.map(|range| range.to_str().unwrap().to_owned());
    let text = answer.text().await.unwrap();
    match text.split_once("<Code>") {
        // What of a range there is not, only some say a second time in a header.
        Some((_, rest)) => (status, None, rest.split('<').next().unwrap().to_owned()),
        None => (status, range, text),
    }
}

/// What is told of each question that the function has.
async fn answers(endpoint: &str) -> Vec<(u16, Option<String>, String)> {
    let get = |path: &str| request(Method::GET, endpoint, path);
    let object = "/local-crls/list.crl";
    let etag = get(object).send().await.unwrap().headers()[ETAG].clone();
    let mut answers = Vec::new();
    for question in [
        get(object),
        get(object).header(IF_NONE_MATCH, etag),
        get(object).header(IF_NONE_MATCH, "\"other\""),
        get(object).header(RANGE, "bytes=7-"),
        get(object).header(RANGE, "bytes=10-"),
        get("/local-crls/none.crl"),
        get("/none/list.crl"),
    ] {
        answers.push(told(question).await);
    }
    answers
}

#[tokio::test]
async fn stand_in_answers_what_the_function_asks_as_another_s3_does() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("list.crl"), CONTENT).unwrap();
    let bucket = Bucket::start(([127, 0, 0, 1], 0).into(), directory.path().into()).await.unwrap();
    let moto = Moto::start().await;
    for (path, body) in [("/local-crls", place()), ("/local-crls/list.crl", CONTENT.to_owned())] {
        let put = request(Method::PUT, moto.endpoint(), path);
        let put = put.header(CONTENT_TYPE, "application/octet-stream").body(body);
        assert_eq!(put.send().await.unwrap().status(), 200, "{path}");
    }
    let answers_here = answers(&bucket.url()).await;
    let statuses: Vec<_> = answers_here.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [200, 304, 200, 206, 416, 404, 404]);
    assert_eq!(answers_here, answers(moto.endpoint()).await);
}
