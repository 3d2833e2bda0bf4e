//! What name constraints permit and exclude (RFC 5280 section 4.2.1.10).

use std::net::Ipv6Addr;

use certval::NameConstraintsSet;
use x509_cert::ext::pkix::{constraints::name::GeneralSubtree, name::GeneralName};

use super::named::Named;
use crate::certificate::{
    Certificate,
    directory::{DirectoryName, Within},
    mailbox::{self, is_mailbox},
    names::{self, has_host_name, is_host},
};

/// What is wrong between a certificate and its issuers' constraints.
#[derive(PartialEq, Eq)]
pub(super) enum Fault {
    Outside,
    Incomparable,
}

/// What one certificate permits and excludes.
pub(super) struct Constraints<'a> {
    /// Whose they are.
    pub(super) certificate: &'a Certificate,
    pub(super) permitted: Subtrees<'a>,
    pub(super) excluded: Subtrees<'a>,
}

impl<'a> Constraints<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Option<Self> {
        let constraints = names::name_constraints(certificate.parsed())?;
        Some(Self {
            certificate,
            permitted: Subtrees::of(constraints.permitted_subtrees.as_deref().unwrap_or_default()),
            excluded: Subtrees::of(constraints.excluded_subtrees.as_deref().unwrap_or_default()),
        })
    }

    pub(super) fn check(&self, named: &Named<'_>) -> Result<(), Fault> {
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
pub(super) struct Subtrees<'a> {
    pub(super) all: &'a [GeneralSubtree],
    directory: Vec<DirectoryName>,
    /// All but those of directory names.
    others: NameConstraintsSet,
}

impl<'a> Subtrees<'a> {
    pub(super) fn of(all: &'a [GeneralSubtree]) -> Self {
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

    pub(super) fn all(&self) -> impl Iterator<Item = &'a GeneralName> {
        self.all.iter().map(|subtree| &subtree.base)
    }

    pub(super) fn permit(&self, named: &Named<'_>) -> bool {
        let mut directory = named.directory();
        let permitted = |name: &DirectoryName| {
            self.directory.iter().any(|base| name.is_within(base) == Within::Yes)
        };
        (self.directory.is_empty() || directory.all(permitted))
            && self.others.san_within_permitted_subtrees(&named.alternative)
            && self.others.san_within_permitted_subtrees(&named.mailboxes.as_ref())
    }

    pub(super) fn exclude(&self, named: &Named<'_>) -> Result<(), Fault> {
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
