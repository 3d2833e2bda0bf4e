//! The whole function, with stand-ins on both sides.

use std::sync::{Arc, Mutex};

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode, Request},
    secrets::{self, SecretValue, Secrets},
    wso2,
};
use alb_mtls_adapter::{
    App, Invocation, event::Delivery, secrets::store::Clock, settings::Settings,
};
use aws_config::SdkConfig;
use serde_json::Value;
use time::{Duration as Days, OffsetDateTime};

use super::{Pki, clock};

/// The function, in process, between a recording gateway and a Secrets Manager: the stand-in, or another.
pub(crate) struct Journey<S = Secrets> {
    pub(crate) app: App,
    pub(crate) gateway: wso2::Gateway,
    pub(crate) secrets: S,
    pub(crate) events: EventSettings,
    clock: Clock,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Journey {
    /// With the root of `pki` trusted, and further settings.
    pub(crate) async fn new(pki: &Pki, settings: &[(&str, &str)]) -> Self {
        Self::trusting(&pki.root.pem(), settings).await
    }

    /// With any text as the trust bundle.
    pub(crate) async fn trusting(bundle: &str, settings: &[(&str, &str)]) -> Self {
        Self::with_clock(bundle, settings, clock()).await
    }

    /// At another time, or none.
    pub(crate) async fn with_clock(bundle: &str, settings: &[(&str, &str)], clock: Clock) -> Self {
        Self::holding(&[("bundle", bundle)], settings, clock).await
    }

    /// With secrets by name, the trust bundle in `bundle`.
    pub(crate) async fn holding(
        contents: &[(&str, &str)],
        settings: &[(&str, &str)],
        clock: Clock,
    ) -> Self {
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        for (name, content) in contents {
            secrets.put(name, SecretValue::Text((*content).to_owned())).unwrap();
        }
        let config = secrets::config(&secrets.url());
        Self::before(secrets, &config, settings, clock).await
    }
}

impl<S> Journey<S> {
    /// Before any Secrets Manager that `config` reaches, with the trust bundle in its secret `bundle`.
    pub(crate) async fn before(
        secrets: S,
        config: &SdkConfig,
        settings: &[(&str, &str)],
        clock: Clock,
    ) -> Self {
        let gateway = wso2::Gateway::start(wso2::Config { mandatory: false, ..Default::default() })
            .await
            .unwrap();
        let url = gateway.url();
        let mut variables = vec![("GATEWAY_URL", url.as_str()), ("TRUST_BUNDLE_SECRETS", "bundle")];
        variables.extend_from_slice(settings);
        let settings = read(&variables);

        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        let sink = Arc::new(move |line: &[u8]| {
            let [line @ .., b'\n'] = line else { panic!("a line without its end") };
            lines.lock().unwrap().push(serde_json::from_slice(line).unwrap());
        });
        let app = App::open(settings, config, Arc::clone(&clock), sink).await.unwrap();
        let events = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self { app, gateway, secrets, events, clock, log }
    }

    /// Sends a request the way that it takes through the load balancer.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let event = self.events.event(request).unwrap();
        let answer = self.deliver(&event).await;
        Answer::check(&answer, self.events.header_mode).unwrap()
    }

    /// Hands the bytes of an event to the function; its answer's JSON.
    pub(crate) async fn deliver(&self, event: &[u8]) -> Vec<u8> {
        self.deliver_with_deadline(event, 30).await
    }

    /// As [`Journey::deliver`], with so many seconds left.
    pub(crate) async fn deliver_with_deadline(&self, event: &[u8], seconds: i64) -> Vec<u8> {
        let invocation = Invocation {
            request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
            deadline: (OffsetDateTime::from((self.clock)()) + Days::seconds(seconds)).into(),
        };
        let response = self.app.handle(Delivery::from_json(event), invocation).await;
        serde_json::to_vec(&response).unwrap()
    }

    /// The log line of the last request.
    pub(crate) fn last_line(&self) -> Value {
        self.log.lock().unwrap().last().unwrap().clone()
    }

    /// The one request that the gateway saw since the last look.
    pub(crate) fn forwarded(&self) -> wso2::Seen {
        let mut seen = self.gateway.take_seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    /// Asserts that the gateway saw nothing since the last look.
    pub(crate) fn assert_not_forwarded(&self) {
        assert!(self.gateway.take_seen().is_empty());
    }
}

pub(crate) fn read(variables: &[(&str, &str)]) -> Settings {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings::read(variables.iter().map(owned)).unwrap()
}

/// The `code` of a refusal of ours.
pub(crate) fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["code"].as_str().unwrap().to_owned()
}
