//! Which name is at fault with whose constraints, in words for a log: looked for once a path is refused.

use x509_cert::{
    ext::pkix::{SubjectAltName, name::GeneralName},
    name::Name,
};

use super::{
    named::Named,
    subtrees::{Constraints, Fault, Subtrees},
};
use crate::{
    certificate::{Certificate, identity, mailbox},
    printable::some,
};

/// The most comparisons that are made again for the words: as for 200 names under 20 constraints. Up to 32
/// paths may be refused, each for a name.
const MOST_COMPARISONS: usize = 1 << 12;

/// What is wrong with the names of a certificate, as a rule that it breaks.
pub(super) fn words(fault: &Fault, certificate: &Certificate, of: &Constraints<'_>) -> String {
    let tried = MOST_COMPARISONS / (1 + of.permitted.all.len() + of.excluded.all.len());
    let at_fault = names(certificate).take(tried).find(|name| {
        let alone = SubjectAltName(vec![name.clone()]);
        of.check(&Named::alone(&alone)).is_err_and(|other| other == *fault)
    });
    let name = match (&at_fault, fault) {
        (Some(name), _) => format!("the name {}", identity::shown(name)),
        (None, Fault::Outside) => "a name".to_owned(),
        (None, Fault::Incomparable) => {
            "a mail address in its subject that cannot be read".to_owned()
        }
    };
    let whose = identity::name(subject(of.certificate));
    match fault {
        Fault::Outside => {
            let what = at_fault.map(|name| against(&name, of)).unwrap_or_default();
            format!(
                "has {name}, outside the name constraints of {whose}{what} (RFC 5280 section 6.1.3 (b) and (c))"
            )
        }
        Fault::Incomparable => format!(
            "has {name}, and the name constraints of {whose} cannot be held against it (RFC 5280 sections \
             4.2.1.10 and 7)"
        ),
    }
}

/// Every name that constraints are held against.
fn names(certificate: &Certificate) -> impl Iterator<Item = GeneralName> {
    let subject = subject(certificate);
    let directory = Some(subject).filter(|subject| !subject.is_empty());
    let directory = directory.map(|subject| GeneralName::DirectoryName(subject.clone()));
    let mailboxes = mailbox::in_name(subject).into_iter().flatten().map(GeneralName::Rfc822Name);
    let others = certificate.alternative_names().iter().cloned();
    directory.into_iter().chain(mailboxes).chain(others)
}

fn subject(certificate: &Certificate) -> &Name {
    certificate.parsed().decoded().tbs_certificate().subject()
}

/// What the constraints say of a name that is outside of them.
fn against(name: &GeneralName, of: &Constraints<'_>) -> String {
    let alone = SubjectAltName(vec![name.clone()]);
    let named = Named::alone(&alone);
    if !of.permitted.permit(&named) {
        let kind = std::mem::discriminant(name);
        let alike = of.permitted.all().filter(|base| std::mem::discriminant(*base) == kind);
        let alike: Vec<_> = alike.collect();
        let alike = some(alike.into_iter().map(constraint));
        return format!(", which permit of its kind only {alike}");
    }
    let subtrees = of.excluded.all.iter();
    let excluding = subtrees.map(std::slice::from_ref).map(Subtrees::of);
    let mut excluding = excluding.filter(|subtree| subtree.exclude(&named).is_err());
    let base = excluding.find_map(|subtree| subtree.all().next().map(constraint));
    base.map(|base| format!(", which exclude {base}")).unwrap_or_default()
}

/// A constraint in words; one on addresses is an address and a mask (RFC 5280 section 4.2.1.10).
fn constraint(base: &GeneralName) -> String {
    if let GeneralName::IpAddress(octets) = base
        && let Some((address, mask)) =
            octets.as_bytes().split_at_checked(octets.as_bytes().len() / 2)
    {
        let address = identity::ip_address(address);
        return format!("{address}/{}", identity::ip_address(mask).trim_start_matches("IP:"));
    }
    identity::shown(base)
}
