//! From the CA to the door: what the fetcher puts, the function refuses by.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode, Request},
    wso2,
};
use alb_mtls_adapter::{App, Invocation, event::Delivery, settings::Settings};

use crate::stage::{LOCATION, Stage};

/// The function, under a clock that is put forward, and its gateway.
struct Door {
    app: App,
    gateway: wso2::Gateway,
    events: EventSettings,
    ahead: Arc<AtomicU64>,
}

impl Door {
    async fn open(stage: &Stage) -> Self {
        let config = wso2::Config { mandatory: false, ..Default::default() };
        let gateway = wso2::Gateway::start(config).await.unwrap();
        let url = gateway.url();
        let variables =
            [("GATEWAY_URL", &*url), ("TRUST_BUNDLE_SECRETS", "bundle"), ("TRUST_CRLS", LOCATION)];
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::read(owned).unwrap();
        let ahead = Arc::<AtomicU64>::default();
        let seconds = Arc::clone(&ahead);
        let clock = Arc::new(move || now(&seconds));
        let app = App::open(settings, &stage.aws, clock, Arc::new(|_| ())).await.unwrap();
        let events = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self { app, gateway, events, ahead }
    }

    /// The status, and the text, of a request with a client's certificate.
    async fn answer(&self, client: &[u8]) -> (u16, String) {
        let request = Request {
            method: "GET".to_owned(),
            path: "/api".to_owned(),
            query: None,
            headers: vec![("host".to_owned(), b"api.example.com".to_vec())],
            body: Vec::new(),
            chain: vec![client.to_vec()],
            client: [192, 0, 2, 7].into(),
            trace_id: "1-67891233-abcdef012345678912345678".to_owned(),
        };
        let event = Delivery::from_json(&self.events.event(&request).unwrap());
        let deadline = now(&self.ahead) + Duration::from_secs(30);
        let invocation = Invocation { request_id: "1".to_owned(), deadline };
        let answer = serde_json::to_vec(&self.app.handle(event, invocation).await).unwrap();
        let answer = Answer::check(&answer, self.events.header_mode).unwrap();
        (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Until the function's trust is due to be fetched anew.
    fn pass(&self) {
        self.ahead.fetch_add(301, SeqCst);
    }
}

fn now(ahead: &AtomicU64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(ahead.load(SeqCst))
}

#[tokio::test]
async fn client_that_its_ca_revokes_is_refused_without_anybodys_hands() {
    let stage = Stage::new().await;
    let client = stage.ca.client().await;
    stage.scheduled(&[]).await.unwrap();
    let door = Door::open(&stage).await;
    assert_eq!(door.answer(&client).await.0, 200);
    assert_eq!(door.gateway.take_seen().len(), 1);

    stage.ca.revoke().await;
    stage.publish().await;
    let answer = stage.scheduled(&[]).await.unwrap();
    assert_eq!(answer[0]["entries"], 1);
    door.pass();
    let (status, text) = door.answer(&client).await;
    assert!(status == 403 && text.contains("ClientCertCrlHit"), "{status} {text}");
    assert!(door.gateway.take_seen().is_empty());
}
