use aws_config::retry::RetryConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::primitives::Blob;

use super::*;

async fn started() -> Secrets {
    Secrets::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

/// The client, told to try once.
fn once(secrets: &Secrets) -> Client {
    let config = config(&secrets.url()).to_builder();
    Client::new(&config.retry_config(RetryConfig::disabled()).build())
}

#[tokio::test]
async fn the_sdk_reads_text_and_bytes_by_name_and_by_arn() {
    let secrets = started().await;
    let arn = secrets.put("trust/bundle", SecretValue::Text("hello".to_owned())).unwrap();
    secrets.put("bytes", SecretValue::Binary(vec![0, 255])).unwrap();
    let client = once(&secrets);
    for id in ["trust/bundle", &arn, arn.rsplit_once('-').unwrap().0] {
        let secret = client.get_secret_value().secret_id(id).send().await.unwrap();
        assert_eq!(secret.secret_string(), Some("hello"), "{id}");
        assert_eq!(secret.name(), Some("trust/bundle"));
        assert_eq!(secret.arn(), Some(arn.as_str()));
        assert_eq!(secret.version_stages(), ["AWSCURRENT"]);
    }
    let bytes = client.get_secret_value().secret_id("bytes").send().await.unwrap();
    assert_eq!(bytes.secret_binary(), Some(&Blob::new([0, 255])));
    assert_eq!(secrets.requests(), 4);
}

#[tokio::test]
async fn a_new_value_replaces_the_old_which_stays_as_previous() {
    let secrets = started().await;
    secrets.put("s", "one".to_owned().into()).unwrap();
    let client = once(&secrets);
    let first = client.get_secret_value().secret_id("s").send().await.unwrap();
    secrets.put("s", "two".to_owned().into()).unwrap();
    let second =
        client.get_secret_value().secret_id("s").version_stage("AWSCURRENT").send().await.unwrap();
    assert_eq!(second.secret_string(), Some("two"));
    assert_ne!(first.version_id(), second.version_id());
    let previous =
        client.get_secret_value().secret_id("s").version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.version_id(), first.version_id());
    let by_id = client
        .get_secret_value()
        .secret_id("s")
        .version_id(first.version_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(by_id.secret_string(), Some("one"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let secrets = started().await;
    secrets.put("s", "one".to_owned().into()).unwrap();
    let client = once(&secrets);
    let error = client.get_secret_value().secret_id("t").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let error = client
        .get_secret_value()
        .secret_id("s")
        .version_stage("AWSPENDING")
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    secrets.remove("s");
    assert!(client.get_secret_value().secret_id("s").send().await.is_err());
}

#[tokio::test]
async fn faults_come_and_go_on_demand() {
    let secrets = started().await;
    secrets.put("s", "one".to_owned().into()).unwrap();
    let client = once(&secrets);
    secrets.fail_with(StatusCode::BAD_REQUEST, "ThrottlingException");
    let error = client.get_secret_value().secret_id("s").send().await.unwrap_err();
    assert_eq!(error.code(), Some("ThrottlingException"));
    secrets.fail_with(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceError");
    let error = client.get_secret_value().secret_id("s").send().await.unwrap_err();
    assert!(error.into_service_error().is_internal_service_error());
    secrets.recover();
    assert!(client.get_secret_value().secret_id("s").send().await.is_ok());
}

#[tokio::test]
async fn other_operations_are_refused_by_name() {
    let secrets = started().await;
    let error = once(&secrets).list_secrets().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    secrets.stop().await;
}
