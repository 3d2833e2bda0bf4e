//! A path from a certificate to an anchor, and what it is judged for.

use std::time::SystemTime;

use certval::TimeOfInterest;

use super::{
    anchor::Anchor,
    path_error::{Member, PathError},
};
use crate::certificate::{Certificate, identity};

/// A path that is signed from the anchor down.
pub(super) struct Path<'a> {
    pub(super) target: &'a Certificate,
    pub(super) purpose: Purpose,
    /// The intermediates, from the target's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    pub(super) anchor: &'a Anchor,
}

impl<'a> Path<'a> {
    /// Which certificate of a path the target is.
    pub(super) fn target_member(&self) -> Member {
        match self.purpose {
            Purpose::Client => Member::Leaf,
            Purpose::SignLists => Member::issuer(self.target.parsed()),
        }
    }

    /// The certificates below the anchor, the target last.
    pub(super) fn downwards(&self) -> impl Iterator<Item = &'a Certificate> {
        self.issuers.iter().rev().copied().chain([self.target])
    }

    /// The anchor, as a member of the path.
    pub(super) fn anchor_member(&self) -> Member {
        let tbs = self.anchor.certificate().parsed().decoded().tbs_certificate();
        Member::Anchor(identity::name(tbs.subject()))
    }

    /// Which certificate of the path it is, the target as the one that the path is for.
    pub(super) fn member(&self, certificate: &Certificate) -> Member {
        Member::of(certificate, self.target)
    }
}

/// What the certificate at the end of a path is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To prove who a client is.
    Client,
    /// To sign lists of revoked certificates.
    SignLists,
}

/// Until when what was found holds, as far as anything ends it.
pub(super) type Until = Option<SystemTime>;

/// The time by which the validator judges.
pub(super) fn time_of_interest(now: SystemTime) -> Result<TimeOfInterest, PathError> {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| TimeOfInterest::from_unix_secs(since.as_secs()).ok())
        .filter(|now| !now.is_disabled())
        .ok_or(PathError::Clock)
}
