//! The client for the gateway: made once, or anew whenever its secrets change.

use std::{sync::Arc, time::Duration};

use rustls::RootCertStore;

use super::{
    client::Client,
    credentials::{self, CredentialsError},
};
use crate::{
    https,
    secrets::{
        Source,
        store::{Clock, Loaded, SecretStore, SecretsManager, StoreError},
    },
    settings::Settings,
};

/// A client as it is now; whoever has a request under way keeps it.
pub(super) type Link = Arc<Loaded<Client>>;

/// Where the clients come from.
pub(super) enum Hop {
    /// No secret has to do with it.
    Fixed(Link),
    /// `GATEWAY_CA_SECRET`, `GATEWAY_IDENTITY_SECRET`, or both.
    Secured(SecretStore<Client>),
}

impl Hop {
    /// Fetches the secrets that the settings name. A failure is logged, and they are asked for again
    /// when they are needed.
    pub(super) async fn open(
        settings: &Settings,
        manager: SecretsManager,
        clock: Clock,
    ) -> Result<Self, CredentialsError> {
        let connect_timeout = settings.gateway_connect_timeout;
        let (ca, identity) = (&settings.gateway_ca_secret, &settings.gateway_identity_secret);
        let secrets: Vec<String> = ca.iter().chain(identity).cloned().collect();
        if secrets.is_empty() {
            let tls = match settings.gateway_url.is_https() {
                true => credentials::read(None, None, clock())?,
                // None are needed, and none are loaded, where the hop is not encrypted.
                false => https::tls()?
                    .with_root_certificates(RootCertStore::empty())
                    .with_no_client_auth(),
            };
            let value = Client::new(tls, connect_timeout);
            return Ok(Self::Fixed(Arc::new(Loaded { value, versions: secrets, generation: 1 })));
        }
        let (has_ca, has_identity) = (ca.is_some(), identity.is_some());
        let reading = move |sources: &[Source], now| {
            // In the order in which they are named above.
            let mut sources = sources.iter();
            let ca = has_ca.then(|| sources.next()).flatten();
            let identity = has_identity.then(|| sources.next()).flatten();
            let tls = credentials::read(ca, identity, now)?;
            Ok::<_, CredentialsError>(Client::new(tls, connect_timeout))
        };
        let what = "gateway credentials";
        Ok(Self::Secured(
            SecretStore::filled(what, secrets, reading, manager, settings, clock).await,
        ))
    }

    /// The client, in no more time than `left`.
    pub(super) async fn link(&self, left: Duration) -> Result<Link, Arc<StoreError>> {
        match self {
            Self::Fixed(link) => Ok(Arc::clone(link)),
            Self::Secured(store) => store.value(left).await,
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
