//! The gateway stand-in: reads a client-certificate header exactly as WSO2 does, mode by mode.
//!
//! [`decode`] is the reading alone, without a server: header value in, certificate out, with every
//! leniency and every strictness of the Java library calls behind it. [`Gateway`] puts it behind HTTP/1.1,
//! answers as WSO2 answers, and keeps what it was sent.
//!
//! Like WSO2 on this path, it looks at neither dates nor signatures nor purposes: whatever parses as a
//! certificate is taken. What is *not* modelled: the trust store, the certificates attached to an API,
//! certificates in BER that is not DER, the exception that commons-codec 1.14 (API Manager 4.0 to 4.2)
//! throws at some values that other versions decode to damaged DER, and the JDK's own opinion of such DER
//! (it and this one differ on a few damaged certificates, never on a whole one).

pub use certificate_factory::FactoryError;
pub use gateway::{Config, Gateway};
pub use mode::{DecodeError, Mode, UnknownMode, decode};
pub use seen::{Certificate, Reading, Seen};
pub use url_decoder::EscapeError;

mod base64;
mod certificate_factory;
mod gateway;
mod mode;
mod seen;
mod url_decoder;
