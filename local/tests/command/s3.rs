//! The function over the stand-in for S3: as over the one of its own tests, under a clock that stands until it is moved.

use alb_mtls::{
    pki::{Authority, KeyKind},
    s3,
    secrets::{self, SecretValue, Secrets},
};
use aws_config::SdkConfig;

use crate::support::{
    self, Journey, NOW, Standing,
    bucket::{self, Bucket},
    code,
    crls::CrlFolder,
    get,
    lists::List,
};

/// A bucket that somebody writes to.
trait Written {
    fn location(&self) -> String;
    fn beside(&self, config: &SdkConfig) -> SdkConfig;
    fn publish(&self, lists: &[&[u8]]);
    fn put(&self, file: &str, content: &[u8]);
    fn remove(&self, file: &str);
}

impl Written for Bucket {
    fn location(&self) -> String {
        bucket::LOCATION.to_owned()
    }

    fn beside(&self, config: &SdkConfig) -> SdkConfig {
        self.beside(config)
    }

    fn publish(&self, lists: &[&[u8]]) {
        self.publish(lists);
    }

    fn put(&self, file: &str, content: &[u8]) {
        self.put(file, content);
    }

    fn remove(&self, file: &str) {
        self.remove(file);
    }
}

/// A folder, and the stand-in that shows it.
struct Shown {
    folder: CrlFolder,
    bucket: s3::Bucket,
}

impl Shown {
    async fn start() -> Self {
        let folder = CrlFolder::empty();
        let bucket =
            s3::Bucket::start(([127, 0, 0, 1], 0).into(), folder.path().into()).await.unwrap();
        Self { folder, bucket }
    }
}

impl Written for Shown {
    fn location(&self) -> String {
        self.bucket.location()
    }

    fn beside(&self, config: &SdkConfig) -> SdkConfig {
        self.bucket.beside(config)
    }

    fn publish(&self, lists: &[&[u8]]) {
        self.folder.publish(lists);
    }

    fn put(&self, file: &str, content: &[u8]) {
        self.folder.put(file, content);
    }

    fn remove(&self, file: &str) {
        self.folder.remove(file);
    }
}

/// What a client is told while the bucket changes, and what the log says of each refusal.
async fn story(bucket: &impl Written) -> Vec<(String, String)> {
    let key = || KeyKind::P256.generate().unwrap();
    let root = Authority::root("Root", key(), support::validity()).unwrap();
    let other = Authority::root("Other", key(), support::validity()).unwrap();
    let client = root.leaf("client", support::validity()).issue().unwrap();
    let list = |number: u32| List::of(&root).number(number);
    let sha256 = |der: &[u8]| bucket::listed(der).sha256;

    let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    secrets.put("bundle", SecretValue::Text(root.pem())).unwrap();
    let clock = Standing::at(NOW);
    let config = bucket.beside(&secrets::config(&secrets.url()));
    let location = bucket.location();
    let settings = [("TRUST_CRLS", location.as_str())];
    let journey = Journey::before(secrets, &config, &settings, clock.clock()).await;

    let mut told = Vec::new();
    let mut ask = async || {
        let answer = journey.send(&get(vec![client.der().to_vec()])).await;
        let verdict = match answer.status.as_u16() {
            200 => "200".to_owned(),
            status => format!("{status} {}", code(&answer)),
        };
        let line = journey.last_line();
        let detail = line["detail"].as_str().unwrap_or_default().replace(&location, "BUCKET ");
        told.push((verdict, detail));
        clock.pass(300);
    };
    ask().await;
    let clear = list(1).der();
    bucket.publish(&[&clear]);
    ask().await;
    // The same manifest, again.
    ask().await;
    bucket.publish(&[&list(2).revoking(client.der()).der()]);
    ask().await;
    bucket.put("manifest.json", b"<html>");
    ask().await;
    let released = list(3).der();
    bucket.publish(&[&released]);
    ask().await;
    let missing = list(4).revoking(client.der()).der();
    bucket.publish(&[&missing]);
    bucket.remove(&format!("{}.crl", sha256(&missing)));
    ask().await;
    bucket.put(&format!("{}.crl", sha256(&missing)), &missing);
    ask().await;
    bucket.publish(&[&List::of(&other).der()]);
    ask().await;
    told
}

#[tokio::test]
async fn function_tells_its_clients_the_same_over_either_bucket() {
    let over_folder = story(&Shown::start().await).await;
    let verdicts: Vec<_> = over_folder.iter().map(|(verdict, _)| verdict.as_str()).collect();
    assert_eq!(
        verdicts,
        [
            "503 TrustBundleUnavailable",
            "200",
            "200",
            "403 ClientCertCrlHit",
            "403 ClientCertCrlHit",
            "200",
            "200",
            "403 ClientCertCrlHit",
            // It is there no more, and counts until there is a newer one.
            "403 ClientCertCrlHit",
        ]
    );
    let (_, missing) = &over_folder[0];
    assert!(
        missing.contains("BUCKET manifest.json cannot be fetched: S3 answers 404"),
        "{missing}"
    );
    assert_eq!(over_folder, story(&Bucket::start().await).await);
}
