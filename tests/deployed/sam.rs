//! The function as `sam build` leaves it, in the container that SAM makes for it: every event through
//! `sam local invoke`, and a real TLS client before `sam local start-lambda`.
//!
//! Needs Docker, and a network for SAM's first pull of Lambda's image; `make sam-local` runs it.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Command,
};

use alb_mtls::{
    alb::{Answer, Config, EventSettings, HeaderMode, Listener, Target},
    pki::{Authority, KeyKind, Leaf, Validity, fingerprint, rcgen::ExtendedKeyUsagePurpose},
    secrets::{SecretValue, Secrets},
    wso2,
};
use reqwest::{Certificate, Client, Identity};
use serde_json::json;
use support::{
    real_parts::{SamLambda, finished, part},
    stories,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// As the template calls it.
const FUNCTION: &str = "Function";

/// The template is for arm64 where nothing is said, and says so to `sam local` too.
const ARCHITECTURE: &str = match cfg!(target_arch = "aarch64") {
    true => "Architecture=arm64",
    false => "Architecture=x86_64",
};

/// What this machine is called in the container.
const HOST: &str = "host.docker.internal";

/// Where the container finds this machine: at the first address of Docker's bridge, where Docker runs on it,
/// and on loopback through Docker Desktop.
async fn host() -> Ipv4Addr {
    let mut docker = Command::new("docker");
    let subnet = "{{(index .IPAM.Config 0).Subnet}}";
    docker.args(["network", "inspect", "bridge", "--format", subnet]);
    let output = finished(docker.into()).await;
    assert!(output.status.success(), "docker: {}", String::from_utf8_lossy(&output.stderr));
    let subnet = String::from_utf8(output.stdout).unwrap();
    let (first, _) = subnet.split_once('/').unwrap();
    let bridge = Ipv4Addr::from_bits(first.parse::<Ipv4Addr>().unwrap().to_bits() + 1);
    match TcpListener::bind((bridge, 0)) {
        Ok(_) => bridge,
        Err(_) => Ipv4Addr::LOCALHOST,
    }
}

/// What the function meets outside of its container, and the file that tells it where.
struct Outside {
    gateway: wso2::Gateway,
    folder: TempDir,
    _secrets: Secrets,
}

impl Outside {
    async fn trusting(bundle: &str) -> Self {
        let address = SocketAddr::from((host().await, 0));
        let config = wso2::Config { address, ..Default::default() };
        let gateway = wso2::Gateway::start(config).await.unwrap();
        let secrets = Secrets::start(address).await.unwrap();
        secrets.put("clients", SecretValue::Text(bundle.to_owned())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let variables = json!({ "Parameters": {
            "GATEWAY_URL": format!("http://{HOST}:{}", gateway.address().port()),
            "TRUST_BUNDLE_SECRETS": "clients",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": format!("http://{HOST}:{}", secrets.address().port()),
            "TARGET_GROUP_ARNS": EventSettings::default().target_group_arn,
        } });
        std::fs::write(folder.path().join("env.json"), variables.to_string()).unwrap();
        Self { gateway, folder, _secrets: secrets }
    }

    /// What both commands of `sam local` need.
    fn tell(&self, sam: &mut Command, command: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = root.join("target/sam/build/template.yaml");
        assert!(built.is_file(), "{} is missing: run `make sam-local`", built.display());
        sam.args(["local", command, "--add-host", &format!("{HOST}:host-gateway"), "--template"])
            .arg(built)
            .args(["--parameter-overrides", ARCHITECTURE])
            .arg("--env-vars")
            .arg(self.folder.path().join("env.json"))
            .args(env::var("SAM_LOCAL_FLAGS").unwrap_or_default().split_whitespace())
            .envs([
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_DEFAULT_REGION", "eu-west-1"),
                ("SAM_CLI_TELEMETRY", "0"),
            ]);
    }

    /// The answer to an event. SAM's exit status says nothing of the function.
    async fn invoke(&self, event: &Path) -> Vec<u8> {
        let mut sam = Command::new(part("venv/bin/sam"));
        self.tell(&mut sam, "invoke");
        sam.arg("--event").arg(event).arg(FUNCTION);
        let output = finished(sam.into()).await;
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "sam local invoke: {log}");
        let answer = output.stdout.trim_ascii().to_vec();
        assert!(answer.starts_with(b"{"), "{}\n{log}", String::from_utf8_lossy(&answer));
        answer
    }
}

#[tokio::test]
async fn every_event_is_answered_as_the_table_says_through_sam_local_invoke() {
    let outside = Outside::trusting(stories::TRUST_BUNDLE).await;
    for story in stories::all() {
        let event = Path::new(env!("CARGO_MANIFEST_DIR")).join("events").join(&story.name);
        let answer = outside.invoke(&event).await;
        let answer = Answer::check(&answer, stories::header_mode(&story.event)).unwrap();
        story.assert_answered(&answer);
        let seen = outside.gateway.take_seen();
        let clients = seen.iter().filter_map(|seen| match &seen.reading {
            wso2::Reading::Certificate(certificate) => Some(fingerprint(&certificate.der)),
            _ => None,
        });
        assert_eq!(clients.collect::<Vec<_>>(), Vec::from_iter(story.client), "{}", story.name);
    }
}

#[tokio::test]
async fn tls_client_gets_through_to_sam_local_start_lambda_and_one_without_a_certificate_does_not()
{
    let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(2));
    let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), validity).unwrap();
    let client = root.leaf("client-1", validity).issue().unwrap();
    let outside = Outside::trusting(&root.pem()).await;
    let lambda = SamLambda::start(|sam| outside.tell(sam, "start-lambda")).await;
    let usages = [ExtendedKeyUsagePurpose::ServerAuth];
    let server = root.leaf("localhost", validity).extended_key_usages(usages).dns("localhost");
    let target = Target::endpoint(&lambda.invoke_url(FUNCTION)).unwrap();
    let event = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
    let free = ([127, 0, 0, 1], 0).into();
    let config = Config { event, ..Config::new(free, server.issue().unwrap()) };
    let listener = Listener::start(config, target).await.unwrap();
    let url = format!("https://localhost:{}/orders", listener.address().port());

    let call = async |client: Option<&Leaf>| {
        let authority = Certificate::from_der(root.der()).unwrap();
        let mut builder = Client::builder().no_proxy().tls_certs_only([authority]);
        if let Some(client) = client {
            let pem = client.key().pem() + &client.pem();
            builder = builder.identity(Identity::from_pem(pem.as_bytes()).unwrap());
        }
        let response = builder.build().unwrap().get(&url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, body) = call(Some(&client)).await;
    assert_eq!(status, 200, "{body}\n{}", lambda.log());
    assert!(body.contains("CN=client-1"), "{body}");
    assert_eq!(call(None).await.0, 401);
}
