//! What stories need around them, whoever stands behind the load balancer.

use std::{collections::HashMap, iter, net::SocketAddr, time::Duration};

use alb_mtls::{
    alb::{Config, EventSettings, HeaderMode, Listener, Observer, Spelling, Target},
    pki::Leaf,
    secrets::{self, SecretValue, Secrets},
    wso2::{self, Gateway, Mode},
};
use alb_mtls_adapter::{secrets::store::Clock, telemetry::Sink};
use aws_config::SdkConfig;
use reqwest::{Certificate, Client, Identity, Response};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    cast::{self, Cast},
    ending::{Answer, Ending, Sight},
    story::{Played, Story},
};
use crate::command::{
    error::CommandError,
    function::{self, FunctionError},
    journal::{Entry, Journal},
};

/// The secret with the trust bundle.
pub(super) const BUNDLE: &str = "trust-bundle";
/// Longer than anything here takes.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A gateway, a Secrets Manager, and the log of all.
pub(super) struct House {
    gateway: Gateway,
    secrets: Secrets,
    server: Leaf,
    server_authority: Certificate,
    observer: Observer,
    sink: Sink,
    entries: UnboundedReceiver<Entry>,
}

impl House {
    /// With a gateway that reads its header in one way.
    pub(super) async fn open(cast: &Cast, mode: Mode) -> Result<Self, CommandError> {
        let journal = Journal::default();
        let (observer, entries) = journal.observer();
        Ok(Self {
            gateway: gateway(mode).await?,
            secrets: manager(cast).await?,
            server: cast.server.leaf.clone(),
            server_authority: Certificate::from_der(cast.server.authority.der())?,
            observer,
            sink: journal.sink(),
            entries,
        })
    }

    /// Where the gateway listens.
    pub(super) fn gateway(&self) -> String {
        self.gateway.url()
    }

    /// How the function reaches AWS.
    pub(super) fn aws(&self) -> SdkConfig {
        secrets::config(&self.secrets.url())
    }

    /// A function, which says what it has to say in the log.
    pub(super) async fn function(
        &self,
        variables: &[(&str, &str)],
        aws: &SdkConfig,
        clock: Clock,
    ) -> Result<Target, FunctionError> {
        function::start(variables.iter().copied(), aws, clock, self.sink.clone()).await
    }

    /// A load balancer before it.
    pub(super) async fn listen(
        &self,
        target: Target,
        spelling: Spelling,
    ) -> Result<Listener, CommandError> {
        let event =
            EventSettings { header_mode: HeaderMode::Multi, spelling, ..EventSettings::default() };
        let observer = self.observer.clone();
        let config = Config { event, observer, ..Config::new(free_port(), self.server.clone()) };
        Ok(Listener::start(config, target).await?)
    }

    /// The next request, once it is answered.
    pub(super) async fn next(&mut self) -> Option<Entry> {
        self.entries.recv().await
    }

    /// Sends the story's request, and collects what everybody saw of it.
    pub(super) async fn play(
        &mut self,
        story: Story,
        address: SocketAddr,
    ) -> Result<Played, CommandError> {
        let url = format!("https://{address}/orders");
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

/// One on which whoever listens is told which it is.
pub(super) fn free_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}
