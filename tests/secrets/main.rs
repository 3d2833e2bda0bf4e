//! What Secrets Manager holds, over time.

#![cfg(test)]

mod crls;
#[cfg(feature = "real-parts")]
mod faulty;
#[cfg(feature = "real-parts")]
mod rotation;
#[cfg(feature = "real-parts")]
mod signature;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod wire;
