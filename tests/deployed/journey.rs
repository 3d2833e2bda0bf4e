//! The function as it is deployed: the release build under AWS's runtime interface emulator, its trust
//! bundle in a Secrets Manager of another hand, every event of `events/` played, and the forwarded
//! header read by WSO2's own library calls.

use alb_mtls::{alb::Answer, wso2};
use serde_json::Value;

use crate::support::{
    emf::Data,
    real_parts::{Emulator, Moto, Oracle, READERS, Secret, bootstrap},
    stories,
};

struct Deployment {
    emulator: Emulator,
    gateway: wso2::Gateway,
    _moto: Moto,
}

impl Deployment {
    async fn new(bundle: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let moto = Moto::start().await;
        if let Some(bundle) = bundle {
            moto.create_secret("clients", Secret::Text(bundle)).await;
        }
        let gateway = wso2::Gateway::start(wso2::Config::default()).await.unwrap();
        let url = gateway.url();
        let mut variables = vec![
            ("GATEWAY_URL", url.as_str()),
            ("TRUST_BUNDLE_SECRETS", "clients"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto.endpoint()),
        ];
        variables.extend_from_slice(settings);
        let emulator = Emulator::start(&bootstrap(), &variables).await;
        Self { emulator, gateway, _moto: moto }
    }

    /// The lines that requests have left in the log so far.
    fn lines(&self) -> Vec<Value> {
        let log = self.emulator.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(|line: &Value| line["message"] == "request").collect()
    }

    async fn play(&self, event: &[u8]) -> Answer {
        let answer = self.emulator.invoke(event.to_vec()).await;
        Answer::check(&answer, stories::header_mode(event)).unwrap_or_else(|refusal| {
            panic!("{refusal}: {}\n{}", String::from_utf8_lossy(&answer), self.emulator.log())
        })
    }
}

#[tokio::test]
async fn every_event_is_answered_as_the_table_says_and_every_reader_reads_the_same_client() {
    let deployment = Deployment::new(Some(stories::TRUST_BUNDLE), &[]).await;
    let mut questions = Vec::new();
    for story in stories::all() {
        let answer = deployment.play(&story.event).await;
        story.assert_answered(&answer);
        let seen = deployment.gateway.take_seen();
        let headers: Vec<_> =
            seen.iter().flat_map(|seen| seen.values("x-amzn-mtls-clientcert")).collect();
        match &story.client {
            None => assert!(headers.is_empty(), "{}", story.name),
            Some(client) => {
                assert_eq!(headers.len(), 1, "{}", story.name);
                let header = String::from_utf8(headers[0].to_vec()).unwrap();
                questions.push((story.name.clone(), client.clone(), header));
            }
        }
    }
    let asked: Vec<_> = questions
        .iter()
        .flat_map(|(_, _, header)| READERS.map(|mode| (mode, header.as_str())))
        .collect();
    let answers = Oracle::ask(&asked).await;
    for ((name, client, _), read) in questions.iter().zip(answers.chunks(READERS.len())) {
        for taken in read {
            assert_eq!(&taken.as_ref().unwrap().sha256, client, "{name}");
        }
    }
}

#[tokio::test]
async fn each_request_is_one_line_of_json_without_a_certificate_in_it() {
    let deployment = Deployment::new(Some(stories::TRUST_BUNDLE), &[]).await;
    let stories: Vec<_> = stories::all().into_iter().take(8).collect();
    for story in &stories {
        deployment.play(&story.event).await;
    }
    let (log, lines) = (deployment.emulator.log(), deployment.lines());
    assert_eq!(lines.len(), stories.len(), "{log}");
    for (line, story) in lines.iter().zip(&stories) {
        assert_eq!(line["status"], story.status, "{line}");
        assert_eq!(line["bundle_versions"].as_array().unwrap().len(), 1, "{line}");
    }
    assert!(!log.contains("MII") && !log.contains("BEGIN%20"), "{log}");
}

#[tokio::test]
async fn lines_hold_the_metrics_of_the_function_that_lambda_names() {
    for format in ["Text", "JSON"] {
        let settings = [("AWS_LAMBDA_LOG_FORMAT", format)];
        let deployment = Deployment::new(Some(stories::TRUST_BUNDLE), &settings).await;
        let stories = stories::all();
        for story in &stories {
            deployment.play(&story.event).await;
        }
        let lines = deployment.lines();
        assert_eq!(lines.len(), stories.len(), "{}", deployment.emulator.log());
        for (line, story) in lines.iter().zip(&stories) {
            let data = Data::of(line);
            assert_eq!(data.dimensions()["FunctionName"], "alb-mtls-adapter", "{line}");
            assert_eq!(data.dimensions().get("Code"), story.code.as_ref(), "{line}");
            let is_request = !story.name.starts_with("health-check");
            let accepted = f64::from(u8::from(story.code.is_none()));
            assert_eq!(data.value("Accepted"), is_request.then_some(accepted), "{line}");
        }
    }
}

#[tokio::test]
async fn function_comes_up_without_a_bundle_and_answers_503() {
    let deployment = Deployment::new(None, &[]).await;
    let accepted = stories::all().into_iter().find(|story| story.status == 200).unwrap();
    let answer = deployment.play(&accepted.event).await;
    assert_eq!(answer.status, 503);
    assert!(deployment.emulator.log().contains("secret clients cannot be fetched"));
    assert!(deployment.gateway.take_seen().is_empty());
}

#[tokio::test]
async fn what_is_no_event_gets_a_400_and_the_function_goes_on() {
    let deployment = Deployment::new(Some(stories::TRUST_BUNDLE), &[]).await;
    for event in [
        "[]",
        "{}",
        "{\"headers\":5}",
        "\"text\"",
        "{\"httpMethod\":\"GET\",\"path\":\"/\",\"headers\":{\"a\":\"\\n\"}}",
    ] {
        let answer = deployment.play(event.as_bytes()).await;
        assert_eq!(answer.status, 400, "{event}");
    }
    let accepted = stories::all().into_iter().find(|story| story.status == 200).unwrap();
    accepted.assert_answered(&deployment.play(&accepted.event).await);
}
