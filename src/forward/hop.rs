//! The client for the gateway: made once, or anew whenever its secrets change.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::RootCertStore;

use super::{
    client::Client,
    credentials::{self, Credentials, CredentialsError, Until},
};
use crate::{
    https,
    secrets::{
        Freshness, Source,
        store::{Clock, Loaded, SecretStore, SecretsManager, StoreError},
    },
};

/// How the gateway is reached.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Whether `GATEWAY_URL` is one of https.
    pub is_https: bool,
    /// `GATEWAY_TIMEOUT_MS`: how long the gateway may take for its whole answer.
    pub timeout: Duration,
    /// `GATEWAY_CONNECT_TIMEOUT_MS`: how long a connection may take, its TLS handshake included.
    pub connect_timeout: Duration,
    /// `GATEWAY_CA_SECRET`: name or ARN of the secret with the authorities of the gateway's certificate;
    /// public authorities, where it is not set.
    pub ca_secret: Option<String>,
    /// `GATEWAY_IDENTITY_SECRET`: name or ARN of the secret with the certificate and the private key by
    /// which the gateway knows the function.
    pub identity_secret: Option<String>,
}

/// A client as it is now; whoever has a request under way keeps it.
pub(super) type Link = Arc<Loaded<Client>>;

/// How it stands with the secrets of the connection.
#[derive(Debug)]
pub struct Standing {
    /// When Secrets Manager last said that they are the current ones.
    pub confirmed: SystemTime,
    /// Until when what they hold is valid.
    pub until: Until,
}

/// Where the clients come from.
pub(super) enum Hop {
    /// No secret has to do with it.
    Fixed(Link),
    /// `GATEWAY_CA_SECRET`, `GATEWAY_IDENTITY_SECRET`, or both.
    Secured(SecretStore<Client>),
}

impl Hop {
    /// Fetches the secrets that there are. A failure is logged, and they are asked for again
    /// when they are needed.
    pub(super) async fn open(
        reach: &Reach,
        freshness: Freshness,
        manager: SecretsManager,
        clock: Clock,
    ) -> Result<Self, CredentialsError> {
        let connect_timeout = reach.connect_timeout;
        let (ca, identity) = (&reach.ca_secret, &reach.identity_secret);
        let secrets: Vec<String> = ca.iter().chain(identity).cloned().collect();
        if secrets.is_empty() {
            let credentials = match reach.is_https {
                true => credentials::read(None, None, clock())?,
                // None are needed, and none are loaded, where the hop is not encrypted.
                false => Credentials {
                    tls: https::tls()?
                        .with_root_certificates(RootCertStore::empty())
                        .with_no_client_auth(),
                    until: Until::default(),
                },
            };
            let value = Client::new(credentials, connect_timeout);
            return Ok(Self::Fixed(Arc::new(Loaded { value, versions: secrets, generation: 1 })));
        }
        let (has_ca, has_identity) = (ca.is_some(), identity.is_some());
        let reading = move |sources: &[Source], (): &(), now| {
            // In the order in which they are named above.
            let mut sources = sources.iter();
            let ca = has_ca.then(|| sources.next()).flatten();
            let identity = has_identity.then(|| sources.next()).flatten();
            let credentials = credentials::read(ca, identity, now)?;
            Ok::<_, CredentialsError>(Client::new(credentials, connect_timeout))
        };
        let what = "gateway credentials";
        Ok(Self::Secured(
            SecretStore::filled(what, secrets, (), reading, manager, freshness, clock).await,
        ))
    }

    /// The client, in no more time than `left`.
    pub(super) async fn link(&self, left: Duration) -> Result<Link, Arc<StoreError>> {
        match self {
            Self::Fixed(link) => Ok(Arc::clone(link)),
            Self::Secured(store) => store.value(left).await,
        }
    }

    /// How it stands with the secrets, where there are any and they could be fetched.
    pub(super) fn standing(&self) -> Option<Standing> {
        match self {
            Self::Fixed(_) => None,
            Self::Secured(store) => Some(Standing {
                confirmed: store.confirmed_at()?,
                until: store.current()?.value.until(),
            }),
        }
    }

    /// Fetches the secrets anew if they are as old as they may become.
    pub(super) async fn refresh(&self, left: Duration) {
        if let Self::Secured(store) = self {
            store.refresh(left).await;
        }
    }

    /// The same if they soon will be.
    pub(super) async fn refresh_early(&self, left: Duration) {
        if let Self::Secured(store) = self {
            store.refresh_early(left).await;
        }
    }

    /// A client of newer secrets than `known`, if there are any: the gateway may have renewed its
    /// certificate, or may want another of ours.
    pub(super) async fn newer_than(&self, known: &Link, left: Duration) -> Option<Link> {
        match self {
            Self::Fixed(_) => None,
            Self::Secured(store) => store.newer_than(known, left).await,
        }
    }
}
