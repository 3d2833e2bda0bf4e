//! The stand-ins that let the whole journey run on one machine: what stands before the function,
//! what stands behind it, and what it reads its trust from.
//!
//! ```text
//! client ─TLS─▶ alb ─event─▶ (the function) ─HTTP─▶ wso2
//!                                  │
//!                                  └──▶ secrets, s3        pki makes every certificate
//! ```
//!
//! | module      | is |
//! |-------------|----|
//! | [`pki`]     | keys, authorities and leaves, at instants that the caller names |
//! | [`alb`]     | the load balancer: TLS with any client chain, events as it builds them, answers as it checks them |
//! | [`wso2`]    | the gateway: reads the certificate header in each of its parse modes, records what it got |
//! | [`secrets`] | Secrets Manager: `GetSecretValue` over the real protocol, with faults on demand |
//! | [`s3`]      | S3: `GetObject` of CRLs that are files of a folder |
//!
//! Everything binds to the address it is given, takes port 0, and ends when its handle is dropped.
//! None of it is part of the function, and none of it decides whether a certificate is trusted.

pub mod alb;
pub mod pki;
pub mod random;
pub mod s3;
pub mod secrets;
pub mod wso2;

mod server;
