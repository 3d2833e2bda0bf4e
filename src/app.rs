//! From a delivery to its answer: the stages, one after the other.

use std::{
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};

use aws_config::SdkConfig;
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{Either, select},
};
use http::{HeaderMap, StatusCode};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use tower::{Service, layer::layer_fn};

use crate::{
    admission::{Admission, AdmissionError, Refusal, Terms},
    aside::aside_if_large,
    certificate,
    event::{Delivery, Entrance, Event, HeaderMaps},
    forward::{
        self, Admitted, GatewayRequest, Outgoing,
        credentials::CredentialsError,
        gateway::{Gateway, GatewayError, GatewayResponse},
    },
    rejection::{PublicText, Rejection},
    response::AlbResponse,
    secrets::store::{Clock, SecretsManager},
    settings::Settings,
    telemetry::{Dimensions, Record, Sink},
    trust::{Authentication, AuthenticationError, KnownClient, Tell, Told, Trust, Unverified},
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
    Runtime::new(handler).layer(layer_fn(LargeAside)).run_concurrent().await
}

/// Reads a large event aside, which the runtime does when it is called.
#[derive(Clone)]
struct LargeAside<S>(S);

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for LargeAside<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> S::Future {
        aside_if_large(invocation.body.len(), || self.0.call(invocation))
    }
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
    entrance: Entrance,
    terms: Terms,
    trust: Trust,
    outgoing: Arc<Outgoing>,
    gateway: Gateway,
    metrics: Option<Dimensions>,
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
        aws: &SdkConfig,
        clock: Clock,
        log: Sink,
    ) -> Result<Self, CredentialsError> {
        let Settings { entrance, trust, admission, outgoing, gateway, freshness, metrics } =
            settings;
        if !gateway.is_https {
            tracing::warn!("GATEWAY_URL is not https: certificates and answers travel unencrypted");
        }
        let manager = SecretsManager::new(aws);
        let outgoing = Arc::new(outgoing);
        let tell = teller(Arc::clone(&outgoing));
        let (trust, gateway) = tokio::join!(
            Trust::open(trust, freshness, manager.clone(), aws, tell, Arc::clone(&clock)),
            Gateway::open(&gateway, freshness, manager, Arc::clone(&clock)),
        );
        let (trust, gateway, terms) = (trust?, gateway?, admission);
        Ok(Self { entrance, terms, trust, outgoing, gateway, metrics, clock, log })
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
            let PublicText { status, code, .. } = rejection.public();
            record.refused(status, code, &rejection);
            rejection.answer(maps, &invocation.request_id)
        });
        record.lists(self.trust.lists_until());
        record.hop(self.gateway.standing());
        let dimensions = self.metrics.as_ref();
        record.end(response.status(), response.lost_cookies(), dimensions, &self.log);
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
        event.check_listener(&self.entrance)?;
        if event.is_health_check() {
            record.health_check();
            return self.health(maps, left).await;
        }
        // Both at once, or a request could wait for one after the other.
        tokio::join!(self.trust.store().refresh(left), self.gateway.refresh(left));
        let admission = self.admit(&event, left.saturating_sub(record.elapsed()), record).await?;
        let request = GatewayRequest::new(event, &admission, &self.outgoing)?;
        let response = self.exchange(request, left.saturating_sub(record.elapsed()), record).await;
        Ok(AlbResponse::from_gateway(response?, maps, &self.outgoing.cert_headers)?)
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
        // Where it is: it is large, and would be moved into each of what waits for it.
        let answer = pin!(async {
            let answer = self.gateway.send(request, left).await;
            record.gateway(sent.elapsed());
            answer
        });
        let store = self.trust.store();
        let (answer, (), ()) = tokio::join!(
            meanwhile(answer, store.read_on()),
            store.refresh_early(left),
            self.gateway.refresh_early(left)
        );
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
    ) -> Result<Admitted, AdmissionError> {
        let verdict = self.authenticate(event, left, record).await;
        let admission = self.terms.admit(event, verdict)?;
        match &admission {
            Admission::Verified(client) => record.verified(client),
            Admission::Reported(Refusal { reason, .. }) => {
                record.would_refuse(PublicText::from(reason).code, reason);
            }
            Admission::Preflight => record.preflight(),
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
    ) -> Result<Option<Arc<KnownClient>>, Unverified<Arc<Told>>> {
        let value = certificate::header_value(&event.headers, &self.terms.header)
            .map_err(AuthenticationError::from)?;
        let Some(value) = value else { return Ok(None) };
        let Authentication { outcome, bundle, remembered } =
            self.trust.authenticate(value, left).await;
        record.bundle(bundle, self.trust.store().confirmed_at());
        record.remembered(remembered);
        match outcome {
            Ok(client) => Ok(Some(client)),
            Err(unverified) => {
                unverified.leaf.iter().for_each(|leaf| record.client(leaf));
                Err(unverified)
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

/// What a future comes to, and as much of some other work as there is time for until then.
async fn meanwhile<F: Future>(future: Pin<&mut F>, work: impl Future<Output = ()>) -> F::Output {
    match select(future, pin!(work)).await {
        Either::Left((output, _)) => output,
        Either::Right(((), future)) => future.await,
    }
}

/// Writes what the gateway is told.
fn teller(outgoing: Arc<Outgoing>) -> Tell {
    Box::new(move |presented| forward::tell(presented, &outgoing))
}
