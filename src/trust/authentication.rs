//! Who a client is, by the header that it came with and the bundle that is current.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::SdkConfig;
use http::HeaderValue;

use super::{
    crls::{Shelf, location::CrlLocation},
    known_client::KnownClient,
    lists::Revocation,
    path_error::PathError,
    store::{LoadedBundle, TrustStore},
    told::{Headers, Presented, Tell, Told, Unencodable},
    turnstile::{Crowded, Turnstile},
    verdicts::{Refused, Verdict, Verdicts},
    verification::verify,
    verified_client::VerifiedClient,
};
use crate::{
    certificate::{
        Certificate, CertificateError, PresentedChain, Readings, UnreadableHeader,
        identity::Identity,
    },
    secrets::{
        Freshness,
        store::{Clock, SecretsManager, StoreError},
    },
};

/// By what a client is verified.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `TRUST_BUNDLE_SECRETS`: names or ARNs of the secrets that add up to the trust bundle.
    pub bundle_secrets: Vec<String>,
    /// `TRUST_CRLS`: where CRLs are kept besides.
    pub crls: Option<CrlLocation>,
    /// `REVOCATION`: what lists of revoked certificates have to say.
    pub revocation: Revocation,
}

/// What authenticates clients: the trust bundle as it is kept current, and the verdicts that it led to.
pub(crate) struct Trust {
    store: TrustStore,
    revocation: Revocation,
    verdicts: Verdicts,
    /// Of the authorities that clients have sent along.
    readings: Readings,
    turnstile: Turnstile,
    tell: Tell,
    clock: Clock,
}

/// What came of a header, and the bundle that decided.
pub(crate) struct Authentication {
    pub(crate) outcome: Result<Arc<KnownClient>, Unverified<Arc<Told>>>,
    pub(crate) bundle: Option<Arc<LoadedBundle>>,
    /// Whether that was known from an earlier request.
    pub(crate) remembered: bool,
}

impl Trust {
    /// Fetches the bundle. Where that fails nobody is authenticated, until it can be had.
    ///
    /// # Errors
    ///
    /// Those of making a TLS client for the bucket of the CRLs.
    pub(crate) async fn open(
        policy: Policy,
        freshness: Freshness,
        manager: SecretsManager,
        config: &SdkConfig,
        tell: Tell,
        clock: Clock,
    ) -> Result<Self, rustls::Error> {
        let Policy { bundle_secrets, crls, revocation } = policy;
        let crls = crls.map(|location| Shelf::new(location, config)).transpose()?;
        let store =
            TrustStore::open(manager, bundle_secrets, crls, freshness, Arc::clone(&clock)).await;
        Ok(Self {
            store,
            revocation,
            verdicts: Verdicts::new(),
            readings: Readings::default(),
            turnstile: Turnstile::new(),
            tell,
            clock,
        })
    }

    pub(crate) fn store(&self) -> &TrustStore {
        &self.store
    }

    /// When the first of the lists of revoked certificates ends that the bundle has, where they are asked.
    pub(crate) fn lists_until(&self) -> Option<SystemTime> {
        let bundle = self.store.current().filter(|_| self.revocation != Revocation::Off)?;
        bundle.value.lists_until()
    }

    /// Authenticates the client whose chain is in the header; takes no more time than `left` where
    /// the bundle has to be fetched.
    pub(crate) async fn authenticate(
        &self,
        header: &HeaderValue,
        left: Duration,
    ) -> Authentication {
        let loaded = match self.store.value(left).await {
            Ok(loaded) => loaded,
            Err(error) => {
                let outcome = Err(self.unavailable(header, error));
                return Authentication { outcome, bundle: None, remembered: false };
            }
        };
        let authentication = self.judge(header, &loaded, left).await;
        let may_be_new = matches!(
            &authentication.outcome,
            Err(Unverified { reason: AuthenticationError::Path(reason), .. }) if reason.may_be_new()
        );
        if may_be_new && let Some(newer) = self.store.newer_than(&loaded, left).await {
            return self.judge(header, &newer, left).await;
        }
        authentication
    }

    /// The verdict of a bundle, known or new. A new one waits for its turn, in no more time than `left`.
    async fn judge(
        &self,
        header: &HeaderValue,
        loaded: &Arc<LoadedBundle>,
        left: Duration,
    ) -> Authentication {
        let known = || {
            let verdict = self.verdicts.get(header.as_bytes(), loaded, (self.clock)())?;
            Some((verdict.map_err(Unverified::from), true))
        };
        let (outcome, remembered) = match known() {
            Some(known) => known,
            None => {
                let new = || (self.verdict(header.as_bytes(), loaded, (self.clock)()), false);
                let crowded = |crowded| (Err(AuthenticationError::from(crowded).into()), false);
                self.turnstile.pass(left, known, new).await.unwrap_or_else(crowded)
            }
        };
        Authentication { outcome, bundle: Some(Arc::clone(loaded)), remembered }
    }

    /// A new verdict, which is kept.
    fn verdict(
        &self,
        header: &[u8],
        loaded: &LoadedBundle,
        now: SystemTime,
    ) -> Result<Arc<KnownClient>, Unverified<Arc<Told>>> {
        let chain = self.read(header)?;
        let verdict: Verdict = match verify(&chain, &loaded.value, self.revocation, now) {
            Ok(client) => {
                self.keep_authorities(&client);
                let headers = self.headers(Presented::Verified(&client))?;
                Ok(Arc::new(KnownClient::new(&client, headers)))
            }
            Err(reason) => Err(Refused { reason, told: self.unverified(&chain.leaf)? }),
        };
        self.verdicts.keep(header, loaded, &verdict, now);
        Ok(verdict?)
    }

    /// Without a bundle nobody is verified; what can be read is told all the same.
    fn unavailable(&self, header: &HeaderValue, error: Arc<StoreError>) -> Unverified<Arc<Told>> {
        let told = self.read(header.as_bytes()).and_then(|chain| self.unverified(&chain.leaf));
        match told {
            Ok(told) => Unverified { reason: error.into(), leaf: Some(told) },
            Err(reason) => reason.into(),
        }
    }

    fn read(&self, header: &[u8]) -> Result<PresentedChain, AuthenticationError> {
        let chain = PresentedChain::from_header_with(header, &self.readings);
        Ok(chain.map_err(|error| UnreadableHeader::new(error, header))?)
    }

    /// The next client has the same, and its header need not be read as a whole. None that leads to no anchor is kept.
    fn keep_authorities(&self, client: &VerifiedClient) {
        let anchor = Some(client.anchor()).filter(|anchor| *anchor != client.leaf());
        client.issuers().iter().chain(anchor).for_each(|authority| self.readings.keep(authority));
    }

    fn unverified(&self, leaf: &Certificate) -> Result<Arc<Told>, AuthenticationError> {
        let headers = self.headers(Presented::Unverified(leaf))?;
        Ok(Arc::new(Told::new(&Identity::of(leaf), headers)))
    }

    fn headers(&self, presented: Presented<'_>) -> Result<Headers, AuthenticationError> {
        Ok((self.tell)(presented)?)
    }
}

/// Why a client is not verified, and its certificate as far as it could be read.
#[derive(Debug)]
pub struct Unverified<L> {
    /// The reason.
    pub reason: AuthenticationError,
    /// The leaf of a chain that was read whole, or what is left of it.
    pub leaf: Option<L>,
}

/// Why a client is not verified.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The header holds no chain.
    #[error(transparent)]
    Certificate(#[from] UnreadableHeader),
    /// The chain leads to no anchor.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is no trust bundle.
    #[error(transparent)]
    Bundle(#[from] Arc<StoreError>),
    /// There are too many new certificates at a time.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// What the gateway is to be told cannot be written.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
}

impl From<CertificateError> for AuthenticationError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error.into())
    }
}

impl<L> From<AuthenticationError> for Unverified<L> {
    fn from(reason: AuthenticationError) -> Self {
        Self { reason, leaf: None }
    }
}

impl From<Refused> for Unverified<Arc<Told>> {
    fn from(Refused { reason, told }: Refused) -> Self {
        Self { reason: reason.into(), leaf: Some(told) }
    }
}
