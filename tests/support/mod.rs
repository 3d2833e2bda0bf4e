//! What the tests of several stages share.

#![allow(dead_code, unused_imports, reason = "each program uses its part")]

pub(crate) mod bucket;
mod clock;
pub(crate) mod closing;
pub(crate) mod emf;
pub(crate) mod freezer;
pub(crate) mod hostile;
mod journey;
pub(crate) mod lists;
mod pki;
pub(crate) mod preloaded;
pub(crate) mod real_parts;
pub(crate) mod remade;
mod request;
pub(crate) mod scripted;
pub(crate) mod stories;
pub(crate) mod strangers;

use std::time::Duration;

pub(crate) use self::{
    clock::{Standing, clock},
    journey::{Journey, code, read},
    pki::{NOW, Pki, bundle, client_of, expired, key, not_yet_valid, trusting, valid},
    request::{get, header},
};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
