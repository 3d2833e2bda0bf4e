//! Everything that runs during the stories.

use std::{collections::HashMap, iter, net::SocketAddr, time::Duration};

use alb_mtls::{
    alb::{Config, EventSettings, HeaderMode, Listener, Observer, Spelling, Target},
    pki::Leaf,
    secrets::{self, SecretValue, Secrets},
    wso2::{self, Gateway, Mode},
};
use alb_mtls_adapter::certificate::outgoing::CertFormat;
use reqwest::{Certificate, Client, Identity, Response};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    bare,
    cast::{self, Cast},
    ending::{Answer, Ending, Sight},
    story::{Front, Played, Story},
};
use crate::command::{
    error::CommandError,
    function,
    journal::{Entry, Journal},
};

/// A port on which nobody listens: it is the superuser's to give, and its service died out long ago.
const DEAD_GATEWAY: &str = "http://127.0.0.1:1";
/// The secret with the trust bundle.
const BUNDLE: &str = "trust-bundle";
/// The name of a secret that there is none of.
const NO_BUNDLE: &str = "forgotten";
/// Longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Stage {
    gateway: Gateway,
    fronts: Fronts,
    entries: UnboundedReceiver<Entry>,
    server_authority: Certificate,
    _secrets: Secrets,
}

/// A load balancer for each kind of story.
struct Fronts {
    function: Listener,
    escaped: Listener,
    single_line: Listener,
    bare: Listener,
    gateway_down: Listener,
    no_bundle: Listener,
}

impl Stage {
    /// With a gateway that reads its header in one way.
    pub(super) async fn set(cast: &Cast, mode: Mode) -> Result<Self, CommandError> {
        let gateway = gateway(mode).await?;
        let secrets = manager(cast).await?;
        let aws = secrets::config(&secrets.url());
        let journal = Journal::default();
        let (observer, entries) = journal.observer();
        let function = async |gateway: &str, bundle: &str, format: CertFormat| {
            let format = format.to_string();
            let variables = [
                ("GATEWAY_URL", gateway),
                ("TRUST_BUNDLE_SECRETS", bundle),
                ("GATEWAY_CERT_FORMAT", &format),
            ];
            function::start(variables, &aws, journal.sink()).await
        };
        let (url, usual) = (gateway.url(), CertFormat::default());
        let working = function(&url, BUNDLE, usual).await?;
        let single_line = function(&url, BUNDLE, CertFormat::SingleLinePem).await?;
        let listen = async |target: Target, spelling: Spelling| {
            Listener::start(config(&cast.server.leaf, &observer, spelling), target).await
        };
        let raw = Spelling::Raw;
        let fronts = Fronts {
            function: listen(working.clone(), raw).await?,
            escaped: listen(working, Spelling::Escaped).await?,
            single_line: listen(single_line, raw).await?,
            gateway_down: listen(function(DEAD_GATEWAY, BUNDLE, usual).await?, raw).await?,
            no_bundle: listen(function(&url, NO_BUNDLE, usual).await?, raw).await?,
            bare: listen(bare::target(url)?, raw).await?,
        };
        let server_authority = Certificate::from_der(cast.server.authority.der())?;
        Ok(Self { gateway, fronts, entries, server_authority, _secrets: secrets })
    }

    /// Where the load balancer listens that has the function behind it.
    pub(super) fn url(&self) -> String {
        format!("https://{}", self.address(Front::Function))
    }

    /// The next request, once it is answered.
    pub(super) async fn next(&mut self) -> Option<Entry> {
        self.entries.recv().await
    }

    /// Sends the story's request, and collects what everybody saw of it.
    pub(super) async fn play(&mut self, story: Story) -> Result<Played, CommandError> {
        let url = format!("https://{}/orders", self.address(story.front));
        let mut request = self.client(story.client.as_ref())?.get(url);
        for (name, value) in &story.headers {
            request = request.header(*name, value);
        }
        let answer = match request.send().await {
            Ok(response) => answer(response).await,
            Err(error) => Answer::Nothing(error.to_string()),
        };
        let gateway = Sight::of(&self.gateway.take_seen());
        let log = iter::from_fn(|| self.entries.try_recv().ok()).map(|entry| entry.to_string());
        let log = log.collect();
        Ok(Played { story, ending: Ending { answer, gateway }, log })
    }

    fn client(&self, client: Option<&cast::Client>) -> Result<Client, reqwest::Error> {
        let builder = Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .tls_certs_only([self.server_authority.clone()]);
        match client {
            Some(client) => builder.identity(Identity::from_pem(client.pem().as_bytes())?).build(),
            None => builder.build(),
        }
    }

    fn address(&self, front: Front) -> SocketAddr {
        let listener = match front {
            Front::Function => &self.fronts.function,
            Front::Escaped => &self.fronts.escaped,
            Front::SingleLine => &self.fronts.single_line,
            Front::Bare => &self.fronts.bare,
            Front::GatewayDown => &self.fronts.gateway_down,
            Front::NoBundle => &self.fronts.no_bundle,
        };
        listener.address()
    }
}

async fn gateway(mode: Mode) -> Result<Gateway, CommandError> {
    Gateway::start(wso2::Config { mode, ..wso2::Config::default() })
        .await
        .map_err(|source| CommandError::StandIn { what: "gateway", source })
}

/// A Secrets Manager that holds the bundle.
async fn manager(cast: &Cast) -> Result<Secrets, CommandError> {
    let secrets = Secrets::start(free_port())
        .await
        .map_err(|source| CommandError::StandIn { what: "Secrets Manager", source })?;
    secrets.put(BUNDLE, SecretValue::Text(cast.family.root.pem()))?;
    Ok(secrets)
}

async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return Answer::Nothing(error.to_string()),
    };
    let members: HashMap<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    let code = members.get("code").and_then(Value::as_str).map(str::to_owned);
    Answer::Status(status, code)
}

fn config(server: &Leaf, observer: &Observer, spelling: Spelling) -> Config {
    let event =
        EventSettings { header_mode: HeaderMode::Multi, spelling, ..EventSettings::default() };
    let observer = observer.clone();
    Config { event, observer, ..Config::new(free_port(), server.clone()) }
}

fn free_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}
