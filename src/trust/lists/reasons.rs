//! The reasons for which certificates are revoked (RFC 5280 section 4.2.1.13).

use der::flagset::FlagSet;
use x509_cert::ext::pkix::crl::dp::{ReasonFlags, Reasons};

/// All reasons that there are (RFC 5280 section 6.3.1).
pub(in crate::trust) fn every_reason() -> ReasonFlags {
    FlagSet::full() - Reasons::Unused
}

/// Reasons by their names.
pub(in crate::trust) fn reason_words(reasons: ReasonFlags) -> Vec<&'static str> {
    let names = reasons.into_iter().map(|reason| match reason {
        Reasons::Unused => "unused",
        Reasons::KeyCompromise => "keyCompromise",
        Reasons::CaCompromise => "cACompromise",
        Reasons::AffiliationChanged => "affiliationChanged",
        Reasons::Superseded => "superseded",
        Reasons::CessationOfOperation => "cessationOfOperation",
        Reasons::CertificateHold => "certificateHold",
        Reasons::PrivilegeWithdrawn => "privilegeWithdrawn",
        Reasons::AaCompromise => "aACompromise",
    });
    names.collect()
}
