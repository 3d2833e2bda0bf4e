//! Name constraints along a path (RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and (c)).
//!
//! Each issuer's constraints are held against each name below it. A name that is within all of them is
//! within their intersection, which would take cubic time to make. `certval` compares one name with one
//! constraint, but for directory names: it takes the attributes of a part in the order of their DER, which
//! letter case and spaces move.

mod outside;

use std::net::Ipv6Addr;

use certval::{ExtensionProcessing, NameConstraintsSet, PDVExtension};
use der::oid::db::rfc5912::ID_CE_SUBJECT_ALT_NAME;
use x509_cert::{
    ext::pkix::{SubjectAltName, constraints::name::GeneralSubtree, name::GeneralName},
    name::Name,
};

use super::{
    path::Path,
    path_error::{Member, PathError},
};
use crate::certificate::{
    Certificate,
    directory::{DirectoryName, Within},
    enforceable::is_enforceable,
    mailbox::{self, is_mailbox},
    names::{self, alternative_names, has_host_name, is_host},
};

/// How many comparisons [`check`] takes at most: names times constraints.
pub(super) fn work(path: &Path<'_>) -> usize {
    let mut above = names::constraints(path.anchor.certificate().parsed()).count();
    let mut work = 0;
    for certificate in downwards(path) {
        let names = 1 + alternative_names(certificate.parsed()).len();
        work += names * above;
        above += names::constraints(certificate.parsed()).count();
    }
    work
}

/// Checks each certificate of a path against the constraints of all above it, the anchor's included.
///
/// Who is self-issued is spared, but for the last (section 6.1.3 (b)): a CA's new key bears its old name.
pub(super) fn check(path: &Path<'_>) -> Result<(), PathError> {
    let mut above = Vec::new();
    above.extend(Constraints::of(path.anchor.certificate()));
    for certificate in downwards(path) {
        let is_last = certificate == path.target;
        let member = || match is_last {
            true => path.target_member(),
            false => Member::issuer(certificate.parsed()),
        };
        if !above.is_empty() && (is_last || !certificate.is_self_issued()) {
            let named = Named::of(certificate);
            for constraints in &above {
                constraints.check(&named).map_err(|fault| PathError::Rule {
                    member: member(),
                    rule: outside::words(&fault, certificate, constraints),
                })?;
            }
        }
        if !is_last && let Some(constraints) = Constraints::of(certificate) {
            if !names::constraints(certificate.parsed()).all(is_enforceable) {
                let rule = "has a name constraint that cannot be enforced".to_owned();
                return Err(PathError::Rule { member: member(), rule });
            }
            above.push(constraints);
        }
    }
    Ok(())
}

/// Whether a client with these names, and any others besides, could pass the constraints of an anchor. What
/// this does not permit, no path permits.
pub(super) fn permit(anchor: &Certificate, subject: &Name, alternative: &SubjectAltName) -> bool {
    let named = Named::new(subject, Some(alternative));
    Constraints::of(anchor).is_none_or(|constraints| constraints.check(&named).is_ok())
}

/// The certificates below the anchor, the last one last.
fn downwards<'a>(path: &Path<'a>) -> impl Iterator<Item = &'a Certificate> {
    path.issuers.iter().rev().copied().chain([path.target])
}

/// What is wrong between a certificate and its issuers' constraints.
#[derive(PartialEq, Eq)]
enum Fault {
    Outside,
    Incomparable,
}

/// The names of a certificate.
struct Named<'a> {
    subject: DirectoryName,
    /// The directory names among the alternative names.
    others: Vec<DirectoryName>,
    /// The mail addresses in the subject, which constraints on mail addresses mean too; none where one of
    /// them cannot be read.
    mailboxes: Option<SubjectAltName>,
    alternative: Option<&'a SubjectAltName>,
}

impl<'a> Named<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        let parsed = certificate.parsed();
        let alternative = match parsed.get_extension(&ID_CE_SUBJECT_ALT_NAME) {
            Ok(Some(PDVExtension::SubjectAltName(names))) => Some(names),
            _ => None,
        };
        Self::new(parsed.decoded().tbs_certificate().subject(), alternative)
    }

    fn new(subject: &Name, alternative: Option<&'a SubjectAltName>) -> Self {
        let others = alternative.into_iter().flat_map(|names| &names.0);
        let others = others.filter_map(|name| match name {
            GeneralName::DirectoryName(name) => Some(DirectoryName::of(name)),
            _ => None,
        });
        Self {
            subject: DirectoryName::of(subject),
            others: others.collect(),
            mailboxes: mailbox::in_name(subject).map(|mailboxes| {
                SubjectAltName(mailboxes.into_iter().map(GeneralName::Rfc822Name).collect())
            }),
            alternative,
        }
    }

    /// One name, as if it were the only one; its subject is empty.
    fn alone(name: &'a SubjectAltName) -> Self {
        let others = name.0.iter().filter_map(|name| match name {
            GeneralName::DirectoryName(name) => Some(DirectoryName::of(name)),
            _ => None,
        });
        Self {
            subject: DirectoryName::of(&Name::default()),
            others: others.collect(),
            mailboxes: Some(SubjectAltName(Vec::new())),
            alternative: Some(name),
        }
    }

    /// The directory names that constraints are held against; an empty subject is none.
    fn directory(&self) -> impl Iterator<Item = &DirectoryName> {
        let subject = Some(&self.subject).filter(|subject| !subject.is_empty());
        subject.into_iter().chain(&self.others)
    }

    fn alternative(&self) -> impl Iterator<Item = &'a GeneralName> {
        self.alternative.into_iter().flat_map(|names| &names.0)
    }
}

/// What one certificate permits and excludes.
struct Constraints<'a> {
    /// Whose they are.
    certificate: &'a Certificate,
    permitted: Subtrees<'a>,
    excluded: Subtrees<'a>,
}

impl<'a> Constraints<'a> {
    fn of(certificate: &'a Certificate) -> Option<Self> {
        let constraints = names::name_constraints(certificate.parsed())?;
        Some(Self {
            certificate,
            permitted: Subtrees::of(constraints.permitted_subtrees.as_deref().unwrap_or_default()),
            excluded: Subtrees::of(constraints.excluded_subtrees.as_deref().unwrap_or_default()),
        })
    }

    fn check(&self, named: &Named<'_>) -> Result<(), Fault> {
        let Self { permitted, excluded, .. } = self;
        if named.alternative().any(|name| permitted.escaped_by(name) || excluded.escaped_by(name)) {
            return Err(Fault::Incomparable);
        }
        if named.mailboxes.is_none() && permitted.all().chain(excluded.all()).any(is_mail) {
            return Err(Fault::Incomparable);
        }
        if !permitted.permit(named) {
            return Err(Fault::Outside);
        }
        excluded.exclude(named)
    }
}

/// The permitted names, or the excluded ones.
struct Subtrees<'a> {
    all: &'a [GeneralSubtree],
    directory: Vec<DirectoryName>,
    /// All but those of directory names.
    others: NameConstraintsSet,
}

impl<'a> Subtrees<'a> {
    fn of(all: &'a [GeneralSubtree]) -> Self {
        let (mut directory, mut others) = (Vec::new(), NameConstraintsSet::default());
        for subtree in all {
            let alike = match &subtree.base {
                GeneralName::DirectoryName(name) => {
                    directory.push(DirectoryName::of(name));
                    continue;
                }
                GeneralName::Rfc822Name(_) => &mut others.rfc822_name,
                GeneralName::DnsName(_) => &mut others.dns_name,
                GeneralName::UniformResourceIdentifier(_) => {
                    &mut others.uniform_resource_identifier
                }
                GeneralName::IpAddress(_) => &mut others.ip_address,
                GeneralName::OtherName(_)
                | GeneralName::EdiPartyName(_)
                | GeneralName::RegisteredId(_) => &mut others.not_supported,
            };
            alike.push(subtree.clone());
        }
        Self { all, directory, others }
    }

    fn all(&self) -> impl Iterator<Item = &'a GeneralName> {
        self.all.iter().map(|subtree| &subtree.base)
    }

    fn permit(&self, named: &Named<'_>) -> bool {
        let mut directory = named.directory();
        let permitted = |name: &DirectoryName| {
            self.directory.iter().any(|base| name.is_within(base) == Within::Yes)
        };
        (self.directory.is_empty() || directory.all(permitted))
            && self.others.san_within_permitted_subtrees(&named.alternative)
            && self.others.san_within_permitted_subtrees(&named.mailboxes.as_ref())
    }

    fn exclude(&self, named: &Named<'_>) -> Result<(), Fault> {
        let mut incomparable = false;
        for name in named.directory() {
            for base in &self.directory {
                match name.is_within(base) {
                    Within::Yes => return Err(Fault::Outside),
                    Within::Unknown => incomparable = true,
                    Within::No => {}
                }
            }
        }
        let in_subject = named.mailboxes.iter().flat_map(|names| &names.0);
        let mut mailboxes = in_subject.chain(named.alternative()).filter_map(mail);
        let excluded = |mailbox: &str| {
            self.all().filter_map(mail).any(|base| mailbox::is_excluded(mailbox, base))
        };
        if self.others.san_within_excluded_subtrees(&named.alternative) || mailboxes.any(excluded) {
            return Err(Fault::Outside);
        }
        match incomparable {
            true => Err(Fault::Incomparable),
            false => Ok(()),
        }
    }

    /// Whether a name is of a type that is constrained here and no name as constraints mean it: a mail
    /// address of no one mailbox, a URI without a host name, a DNS name that is no host's, or of hosts
    /// within and without, an IPv4 address in the form of version 6.
    fn escaped_by(&self, name: &GeneralName) -> bool {
        match name {
            GeneralName::Rfc822Name(name) => !is_mailbox(name.as_str()) && self.all().any(is_mail),
            // A mail address in Unicode is one too (RFC 9598 section 6).
            GeneralName::OtherName(other) => {
                other.type_id == mailbox::ON_SMTP_UTF8_MAILBOX && self.all().any(is_mail)
            }
            GeneralName::UniformResourceIdentifier(uri) => {
                !has_host_name(uri.as_str())
                    && self
                        .all()
                        .any(|base| matches!(base, GeneralName::UniformResourceIdentifier(_)))
            }
            GeneralName::DnsName(name) => self.all().any(|base| match base {
                GeneralName::DnsName(base) => !is_apart(name.as_str(), base.as_str()),
                _ => false,
            }),
            GeneralName::IpAddress(address) => {
                <[u8; 16]>::try_from(address.as_bytes())
                    .is_ok_and(|address| Ipv6Addr::from(address).to_ipv4_mapped().is_some())
                    && self.all().any(|base| matches!(base, GeneralName::IpAddress(_)))
            }
            _ => false,
        }
    }
}

fn mail(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::Rfc822Name(name) => Some(name.as_str()),
        _ => None,
    }
}

fn is_mail(name: &GeneralName) -> bool {
    mail(name).is_some()
}

/// Whether a DNS name is one of a host, or of many that are all within a constraint or all without.
fn is_apart(name: &str, base: &str) -> bool {
    match name.strip_prefix("*.") {
        None => is_host(name),
        Some(parent) => {
            let below = format!(".{parent}").to_ascii_lowercase();
            is_host(parent) && !base.to_ascii_lowercase().ends_with(&below)
        }
    }
}
