//! The fixed certificates of `pki/`, the bundle that trusts them, and whom it is to accept.

use std::{collections::HashMap, iter, sync::LazyLock};

use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{self, PathError, Revocation, VerifiedClient, bundle::TrustBundle},
};

use crate::{gateway, pki, second_opinion};

const ANCHORS: &str = include_str!("../pki/anchors.pem");
const CLIENTS: &str = include_str!("../pki/clients.pem");
/// Clients that `rustls-webpki` refuses for what servers of the web never have: anyExtendedKeyUsage alone,
/// critical policies, constraints on names of people, a wildcard beside an
/// excluded name, version 1.
const ENTERPRISE: &str = include_str!("../pki/enterprise.pem");
/// Clients that nothing but their place in the bundle makes trusted, which `rustls-webpki` does not know.
const PINNED: &str = include_str!("../pki/pinned.pem");

/// The one bundle, and those who are to be accepted by it.
static WORLD: LazyLock<World> = LazyLock::new(World::new);

struct World {
    bundle: TrustBundle,
    anchors: Vec<Vec<u8>>,
    /// Each accepted client, and whether `rustls-webpki` accepts it.
    clients: HashMap<Vec<u8>, bool>,
}

impl World {
    fn new() -> Self {
        let clients = [(CLIENTS, true), (ENTERPRISE, false), (PINNED, false)];
        let world = Self {
            bundle: pki::bundle(&[ANCHORS, PINNED, include_str!("../pki/lists.pem")].concat()),
            anchors: pki::blocks(ANCHORS),
            clients: clients
                .into_iter()
                .flat_map(|(pem, both)| pki::blocks(pem).into_iter().map(move |der| (der, both)))
                .collect(),
        };
        world.assert_true();
        world
    }

    /// A fuzzer that finds nobody to accept would find no fault.
    fn assert_true(&self) {
        let intermediates = pki::blocks(include_str!("../pki/intermediates.pem"));
        for (client, both) in &self.clients {
            let ders = iter::once(client).chain(&intermediates).map(Vec::as_slice);
            let chain = pki::chain(ders).expect("certificates of ours");
            let accepted = self.verify(&chain).expect("a client of ours");
            let opinion = second_opinion::of(&chain, &self.anchors);
            assert_eq!(opinion.is_ok(), *both, "{opinion:?}: {:?}", accepted.identity());
        }
    }

    fn verify(&self, chain: &PresentedChain) -> Result<VerifiedClient, PathError> {
        trust::verify(chain, &self.bundle, Revocation::default(), pki::now())
    }
}

/// Judges a chain by the fixed bundle. Whoever is accepted has to be one of those who are to be, by his very
/// bytes; `rustls-webpki` has to accept him too; and the gateway has to read him.
pub fn judge(chain: &PresentedChain) {
    let Ok(client) = WORLD.verify(chain) else { return };
    let leaf = client.leaf().der();
    assert_eq!(leaf, chain.leaf.der(), "another than the leaf was accepted");
    let both = WORLD.clients.get(leaf);
    assert!(both.is_some(), "accepted: {:?}", client.identity());
    if both == Some(&true) {
        let opinion = second_opinion::of(chain, &WORLD.anchors);
        let agrees = opinion.as_ref().err().is_none_or(second_opinion::gave_up);
        assert!(agrees, "rustls-webpki refuses {:?}: {opinion:?}", client.identity());
    }
    gateway::assert_reads(&client);
}
