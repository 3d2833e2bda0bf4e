//! A Lambda function behind an Application Load Balancer that makes client certificates trustworthy
//! for a gateway.
//!
//! The listing is the data flow:
//!
//! ```text
//! ALB event ─▶ Event ─▶ PresentedChain ─▶ VerifiedClient ─▶ GatewayRequest ─▶ GatewayResponse ─▶ AlbResponse
//!              event    certificate       trust             forward                              response
//! ```
//!
//! Every "no" on the way is one [`Rejection`], turned into an answer in one place.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

mod causes;
pub mod certificate;
pub mod event;
pub mod forward;
mod https;
mod printable;
pub mod rejection;
pub mod response;
pub mod secrets;
pub mod settings;
pub mod telemetry;
pub mod trust;

use crate::{
    certificate::absence::Absence,
    event::{Delivery, Event, HeaderMaps},
    forward::{
        Admitted, GatewayRequest,
        credentials::CredentialsError,
        gateway::{Gateway, GatewayError, GatewayResponse},
    },
    rejection::Rejection,
    response::AlbResponse,
    secrets::store::{Clock, SecretsManager},
    settings::Settings,
    telemetry::{Record, Sink, Under},
    trust::{
        Authentication, KnownClient, Tell, Told, Trust,
        policy::{Admission, Preflight, Refusal},
        store::TrustStore,
    },
};

/// What of an invocation's time is kept for the answer's own way.
const MARGIN: Duration = Duration::from_millis(500);

/// Serves what Lambda delivers, until Lambda ends the environment.
///
/// # Errors
///
/// Those of the Runtime API; none of a request.
pub async fn run(app: App) -> Result<(), Error> {
    let app = Arc::new(app);
    let handler = service_fn(move |event: LambdaEvent<Delivery>| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Error>(app.handle(event.payload, event.context.into()).await) }
    });
    Runtime::new(handler).run_concurrent().await
}

/// What the Lambda runtime tells of an invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Lambda's id of the request; clients are told it too.
    pub request_id: String,
    /// When Lambda gives up on the invocation.
    pub deadline: SystemTime,
}

impl From<lambda_runtime::Context> for Invocation {
    fn from(context: lambda_runtime::Context) -> Self {
        let deadline = context.deadline();
        Self { request_id: context.request_id, deadline }
    }
}

/// The function: everything that outlives a request.
pub struct App {
    settings: Arc<Settings>,
    trust: Trust,
    gateway: Gateway,
    clock: Clock,
    log: Sink,
}

impl App {
    /// Makes a function and fetches its secrets, all at once. Where that fails it is made all the same,
    /// and answers 503 until it has them.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Tls`] where no client for the gateway can be built.
    pub async fn open(
        settings: Settings,
        secrets: aws_sdk_secretsmanager::Client,
        clock: Clock,
        log: Sink,
    ) -> Result<Self, CredentialsError> {
        if !settings.gateway_url.is_https() {
            tracing::warn!("GATEWAY_URL is not https: certificates and answers travel unencrypted");
        }
        let secrets = SecretsManager::new(secrets);
        let (store, gateway) = tokio::join!(
            TrustStore::open(secrets.clone(), &settings, Arc::clone(&clock)),
            Gateway::open(&settings, secrets, Arc::clone(&clock)),
        );
        let gateway = gateway?;
        let settings = Arc::new(settings);
        let tell = teller(Arc::clone(&settings));
        let trust = Trust::new(store, settings.revocation, tell, Arc::clone(&clock));
        Ok(Self { settings, trust, gateway, clock, log })
    }

    /// Answers a delivery, always: no error and no panic leaves this function.
    pub async fn handle(&self, delivery: Delivery, invocation: Invocation) -> AlbResponse {
        let maps = delivery.header_maps();
        let mut record = Record::begin(&invocation.request_id, (self.clock)());
        let store = self.trust.store();
        record.bundle(store.current(), store.confirmed_at());
        let left = self.time_left(&invocation);
        let work = AssertUnwindSafe(self.serve(delivery, left, &mut record)).catch_unwind();
        let outcome = work.await.unwrap_or(Err(Rejection::Panic));
        let response = outcome.unwrap_or_else(|rejection| {
            record.refused(&rejection);
            rejection.answer(maps, &invocation.request_id)
        });
        record.lists(self.trust.lists_until());
        record.hop(self.gateway.standing());
        let under = Under::of(&self.settings);
        record.end(response.status(), response.lost_cookies(), under, &self.log);
        response
    }

    async fn serve(
        &self,
        delivery: Delivery,
        left: Duration,
        record: &mut Record,
    ) -> Result<AlbResponse, Rejection> {
        let maps = delivery.header_maps();
        let event = delivery.read()?;
        record.request(&event.method, &event.path);
        event.check_listener(&self.settings)?;
        if event.is_health_check() {
            record.health_check();
            return self.health(maps, left).await;
        }
        // Both at once, or a request could wait for one after the other.
        tokio::join!(self.trust.store().refresh(left), self.gateway.refresh(left));
        let admission = self.admit(&event, left.saturating_sub(record.elapsed()), record).await?;
        let request = GatewayRequest::new(event, &admission, &self.settings)?;
        let response = self.exchange(request, left.saturating_sub(record.elapsed()), record).await;
        Ok(AlbResponse::from_gateway(response?, maps, &self.settings)?)
    }

    /// Sends the request, and uses the gateway's time to fetch what the next one would have to wait for. All
    /// of it is done when this returns: the environment freezes with the answer.
    async fn exchange(
        &self,
        request: GatewayRequest,
        left: Duration,
        record: &mut Record,
    ) -> Result<GatewayResponse, GatewayError> {
        let sent = Instant::now();
        let answer = async {
            let answer = self.gateway.send(request, left).await;
            record.gateway(sent.elapsed());
            answer
        };
        let store = self.trust.store();
        let (answer, (), ()) =
            tokio::join!(answer, store.refresh_early(left), self.gateway.refresh_early(left));
        answer
    }

    /// Healthy is who has what it takes to verify a client and to reach the gateway.
    async fn health(&self, maps: HeaderMaps, left: Duration) -> Result<AlbResponse, Rejection> {
        let (trust, gateway) =
            tokio::join!(self.trust.store().value(left), self.gateway.ready(left));
        trust?;
        gateway?;
        Ok(AlbResponse::new(maps, StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"healthy")))
    }

    async fn admit(
        &self,
        event: &Event,
        left: Duration,
        record: &mut Record,
    ) -> Result<Admitted, Rejection> {
        let verdict = self.authenticate(event, left, record).await;
        let is_preflight = matches!(verdict, Ok(None)) && event.is_preflight();
        if is_preflight && self.settings.preflight == Preflight::Forward {
            record.preflight();
            return Ok(Admission::Anonymous);
        }
        let missing = || Rejection::Missing {
            header: self.settings.client_cert_header.clone(),
            absence: match is_preflight {
                true => Absence::Preflight,
                false => Absence::of(&event.headers),
            },
        };
        let admission = self.settings.client_cert_mode.admit(verdict, missing)?;
        match &admission {
            Admission::Verified(client) => record.verified(client),
            Admission::Reported(refusal) => record.would_refuse(&refusal.reason),
            Admission::Anonymous => {}
        }
        Ok(admission)
    }

    /// The client of an event, verified; `None` where it presented no certificate.
    async fn authenticate(
        &self,
        event: &Event,
        left: Duration,
        record: &mut Record,
    ) -> Result<Option<Arc<KnownClient>>, Refusal<Arc<Told>>> {
        let name = &self.settings.client_cert_header;
        let value = certificate::header_value(&event.headers, name).map_err(Rejection::from)?;
        let Some(value) = value else { return Ok(None) };
        let Authentication { outcome, bundle, remembered } =
            self.trust.authenticate(value, left).await;
        record.bundle(bundle, self.trust.store().confirmed_at());
        record.remembered(remembered);
        match outcome {
            Ok(client) => Ok(Some(client)),
            Err(refusal) => {
                refusal.leaf.iter().for_each(|leaf| record.client(leaf));
                Err(refusal)
            }
        }
    }

    /// What is left for work. A deadline that lies hours back is none: some local emulators send one
    /// from 1970.
    fn time_left(&self, invocation: &Invocation) -> Duration {
        const PLAUSIBLE: Duration = Duration::from_secs(3600);
        match invocation.deadline.duration_since((self.clock)()) {
            Ok(left) => left.saturating_sub(MARGIN),
            Err(passed) if passed.duration() < PLAUSIBLE => Duration::ZERO,
            Err(_) => Duration::MAX,
        }
    }
}

/// Writes for the gateway by these settings.
fn teller(settings: Arc<Settings>) -> Tell {
    Box::new(move |presented| Ok(forward::tell(presented, &settings)?))
}
