//! The names in a certificate, as far as rules of ours hold for them.

use certval::{ExtensionProcessing, PDVCertificate, PDVExtension};
use der::{
    Tag, Tagged,
    oid::db::rfc5912::{ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME},
};
use x509_cert::{
    ext::pkix::{constraints::name::GeneralSubtrees, name::GeneralName},
    name::{Name, RelativeDistinguishedName},
};

/// The most subject alternative names in one certificate: each is held against each constraint.
const MAX_NAMES: usize = 256;
/// The most constraints on names in one certificate: those of one issuer are intersected with those of
/// the next, in cubic time.
const MAX_CONSTRAINTS: usize = 128;

/// What is wrong with the names of a certificate, if anything.
pub(super) fn fault(certificate: &PDVCertificate) -> Option<&'static str> {
    if let Ok(Some(PDVExtension::SubjectAltName(names))) =
        certificate.get_extension(&ID_CE_SUBJECT_ALT_NAME)
        && names.0.len() > MAX_NAMES
    {
        return Some("more than 256 subject alternative names");
    }
    let Ok(Some(PDVExtension::NameConstraints(constraints))) =
        certificate.get_extension(&ID_CE_NAME_CONSTRAINTS)
    else {
        return None;
    };
    let subtrees = |subtrees: &Option<GeneralSubtrees>| subtrees.clone().unwrap_or_default();
    let bases: Vec<_> = subtrees(&constraints.permitted_subtrees)
        .into_iter()
        .chain(subtrees(&constraints.excluded_subtrees))
        .map(|subtree| subtree.base)
        .collect();
    if bases.len() > MAX_CONSTRAINTS {
        return Some("more than 128 name constraints");
    }
    // The validator holds an empty constraint against nothing, where it means every name.
    bases
        .iter()
        .any(|base| !is_enforceable(base))
        .then_some("a name constraint that cannot be enforced")
}

/// Whether names of this form are compared by what they say.
fn is_enforceable(base: &GeneralName) -> bool {
    match base {
        GeneralName::DnsName(name) => !name.as_str().is_empty(),
        GeneralName::Rfc822Name(name) => !name.as_str().is_empty(),
        GeneralName::UniformResourceIdentifier(name) => !name.as_str().is_empty(),
        GeneralName::DirectoryName(name) => is_comparable(name),
        _ => true,
    }
}

/// Whether every part of a name is a string of a type that is compared by its characters.
pub(crate) fn is_comparable(name: &Name) -> bool {
    let types = [Tag::Utf8String, Tag::PrintableString, Tag::Ia5String];
    name.iter_rdn()
        .flat_map(|rdn| rdn.iter())
        .all(|attribute| types.contains(&attribute.value.tag()))
}

/// A name in the form in which two spellings of it are equal: letter case and the amount of white
/// space do not count, nor which of UTF8String, PrintableString and IA5String it is (RFC 5280
/// section 7.1). Other types of string equal only themselves.
pub(crate) fn folded(name: &Name) -> String {
    name.iter_rdn().map(folded_rdn).collect()
}

/// One part of a name in that form; a name is its parts, one after the other.
pub(crate) fn folded_rdn(rdn: &RelativeDistinguishedName) -> String {
    let mut attributes: Vec<_> = rdn
        .iter()
        .map(|attribute| {
            let value =
                certval::get_value_from_rdn(attribute).unwrap_or_else(|_| attribute.to_string());
            let value = value.replace("\\ ", " ").to_lowercase();
            let words: Vec<_> = value.split_whitespace().collect();
            format!("{} {}", attribute.oid, words.join(" "))
        })
        .collect();
    // Its order in DER is that of its bytes, which letter case moves.
    attributes.sort();
    attributes.join("\t") + "\n"
}
