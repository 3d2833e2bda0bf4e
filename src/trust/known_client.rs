//! A verified client, when its certificate is no longer at hand.

use std::time::SystemTime;

use super::{
    told::{ALLOCATION, Headers, Told},
    verified_client::VerifiedClient,
};

/// What requests of a verified client want to know: made from it, and much smaller.
#[derive(Debug)]
pub struct KnownClient {
    told: Told,
    anchor: Box<str>,
    not_after: SystemTime,
    valid_until: SystemTime,
}

impl KnownClient {
    /// Made when a client has been verified, with what the gateway is told of it.
    pub fn new(client: &VerifiedClient, headers: Headers) -> Self {
        Self {
            told: Told::new(client.identity(), headers),
            anchor: client.anchor().sha256().into(),
            not_after: client.leaf().not_after(),
            valid_until: client.valid_until(),
        }
    }

    /// What log and gateway are told of it.
    pub(crate) fn told(&self) -> &Told {
        &self.told
    }

    /// SHA-256 of the anchor that its path ends in.
    pub(crate) fn anchor(&self) -> &str {
        &self.anchor
    }

    /// When its own certificate ends.
    pub(crate) fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Until when it counts as verified, if nothing else ends that before.
    pub(crate) fn valid_until(&self) -> SystemTime {
        self.valid_until
    }

    /// The bytes that it takes on the heap.
    pub(super) fn heap(&self) -> usize {
        size_of::<Self>() + ALLOCATION + self.anchor.len() + ALLOCATION + self.told.heap()
    }
}
