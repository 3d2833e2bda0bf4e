//! A certificate that lists are asked about.

use der::Encode;
use x509_cert::{
    ext::pkix::{
        crl::dp::ReasonFlags,
        name::{DistributionPointName, GeneralName},
    },
    name::{Name, RelativeDistinguishedName},
};

use super::reasons::{every_reason, reason_words};
use crate::{
    certificate::{
        Certificate, identity,
        names::{folded, folded_rdn},
    },
    printable::{printable_within, some},
};

/// A certificate that lists are asked about, and its distribution points: read once, since each list is held
/// against all of them.
pub(in crate::trust) struct Subject<'a> {
    pub(in crate::trust) certificate: &'a Certificate,
    pub(super) is_ca: bool,
    pub(super) issuer: PointName,
    /// The names of each point that leaves its list to the issuer, and the reasons that it is for.
    pub(super) points: Vec<(Vec<PointName>, ReasonFlags)>,
}

impl<'a> Subject<'a> {
    pub(in crate::trust) fn of(certificate: &'a Certificate) -> Self {
        let issuer = certificate.parsed().decoded().tbs_certificate().issuer();
        let points = certificate.distribution_points().iter();
        let own = points.filter(|point| point.crl_issuer.is_none()).map(|point| {
            let name = point.distribution_point.as_ref();
            let names = name.map(|name| names(name, issuer)).unwrap_or_default();
            (names, point.reasons.unwrap_or(every_reason()))
        });
        Self {
            certificate,
            is_ca: certificate.is_ca(),
            issuer: PointName::Directory(certificate.folded_issuer().to_owned()),
            points: own.collect(),
        }
    }

    /// In words, where its issuer says that lists about it are.
    pub(in crate::trust) fn distribution_points(&self) -> String {
        let points = self.certificate.distribution_points().iter().map(|point| {
            let mut words = match &point.distribution_point {
                Some(DistributionPointName::FullName(names)) => {
                    some(names.iter().map(identity::shown))
                }
                Some(DistributionPointName::NameRelativeToCRLIssuer(rdn)) => relative_words(rdn),
                None => "no name".to_owned(),
            };
            if let Some(reasons) = point.reasons {
                words += &format!(" for the reasons {}", reason_words(reasons).join(", "));
            }
            if point.crl_issuer.is_some() {
                words += " with a CRL of another issuer, which is not used";
            }
            words
        });
        some(points)
    }
}

/// A name of a distribution point, in a form in which two spellings are equal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PointName {
    Directory(String),
    Other(Vec<u8>),
}

pub(super) fn relative_words(rdn: &RelativeDistinguishedName) -> String {
    const LONGEST: usize = 200;
    printable_within(LONGEST, &format!("its issuer's {rdn}"))
}

/// The names of a distribution point; one that is relative to the issuer of the list, in full.
pub(super) fn names(point: &DistributionPointName, issuer: &Name) -> Vec<PointName> {
    match point {
        DistributionPointName::FullName(names) => names.iter().filter_map(general_name).collect(),
        DistributionPointName::NameRelativeToCRLIssuer(rdn) => {
            vec![PointName::Directory(folded(issuer) + &folded_rdn(rdn))]
        }
    }
}

fn general_name(name: &GeneralName) -> Option<PointName> {
    match name {
        GeneralName::DirectoryName(name) => Some(PointName::Directory(folded(name))),
        other => other.to_der().ok().map(PointName::Other),
    }
}
