//! Everything that runs during the stories.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use alb_mtls::{
    alb::{Listener, Spelling},
    wso2::Mode,
};
use alb_mtls_adapter::certificate::outgoing::CertFormat;

use super::{
    bare,
    cast::Cast,
    house::{BUNDLE, House},
    story::{Front, Played, Story},
};
use crate::command::{error::CommandError, journal::Entry};

/// A port on which nobody listens: it is the superuser's to give, and its service died out long ago.
const DEAD_GATEWAY: &str = "http://127.0.0.1:1";
/// The name of a secret that there is none of.
const NO_BUNDLE: &str = "forgotten";

pub(super) struct Stage {
    house: House,
    fronts: Fronts,
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
        let house = House::open(cast, mode).await?;
        let aws = house.aws();
        let function = async |gateway: &str, bundle: &str, format: CertFormat| {
            let format = format.to_string();
            let variables = [
                ("GATEWAY_URL", gateway),
                ("TRUST_BUNDLE_SECRETS", bundle),
                ("GATEWAY_CERT_FORMAT", &format),
            ];
            house.function(&variables, &aws, Arc::new(SystemTime::now)).await
        };
        let (url, usual) = (house.gateway(), CertFormat::default());
        let working = function(&url, BUNDLE, usual).await?;
        let single_line = function(&url, BUNDLE, CertFormat::SingleLinePem).await?;
        let raw = Spelling::Raw;
        let fronts = Fronts {
            function: house.listen(working.clone(), raw).await?,
            escaped: house.listen(working, Spelling::Escaped).await?,
            single_line: house.listen(single_line, raw).await?,
            gateway_down: house.listen(function(DEAD_GATEWAY, BUNDLE, usual).await?, raw).await?,
            no_bundle: house.listen(function(&url, NO_BUNDLE, usual).await?, raw).await?,
            bare: house.listen(bare::target(url)?, raw).await?,
        };
        Ok(Self { house, fronts })
    }

    /// Where the load balancer listens that has the function behind it.
    pub(super) fn url(&self) -> String {
        format!("https://{}", self.address(Front::Function))
    }

    /// The next request, once it is answered.
    pub(super) async fn next(&mut self) -> Option<Entry> {
        self.house.next().await
    }

    /// Sends the story's request, and collects what everybody saw of it.
    pub(super) async fn play(&mut self, story: Story) -> Result<Played, CommandError> {
        let address = self.address(story.front);
        self.house.play(story, address).await
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
