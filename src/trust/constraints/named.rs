//! The names of a certificate that constraints are held against.

use certval::{ExtensionProcessing, PDVExtension};
use der::oid::db::rfc5912::ID_CE_SUBJECT_ALT_NAME;
use x509_cert::{
    ext::pkix::{SubjectAltName, name::GeneralName},
    name::Name,
};

use crate::certificate::{Certificate, directory::DirectoryName, mailbox};

/// The names of a certificate.
pub(super) struct Named<'a> {
    subject: DirectoryName,
    /// The directory names among the alternative names.
    pub(super) others: Vec<DirectoryName>,
    /// The mail addresses in the subject, which constraints on mail addresses mean too; none where one of
    /// them cannot be read.
    pub(super) mailboxes: Option<SubjectAltName>,
    pub(super) alternative: Option<&'a SubjectAltName>,
}

impl<'a> Named<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        let parsed = certificate.parsed();
        let alternative = match parsed.get_extension(&ID_CE_SUBJECT_ALT_NAME) {
            Ok(Some(PDVExtension::SubjectAltName(names))) => Some(names),
            _ => None,
        };
        Self::new(parsed.decoded().tbs_certificate().subject(), alternative)
    }

    pub(super) fn new(subject: &Name, alternative: Option<&'a SubjectAltName>) -> Self {
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
    pub(super) fn alone(name: &'a SubjectAltName) -> Self {
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
    pub(super) fn directory(&self) -> impl Iterator<Item = &DirectoryName> {
        let subject = Some(&self.subject).filter(|subject| !subject.is_empty());
        subject.into_iter().chain(&self.others)
    }

    pub(super) fn alternative(&self) -> impl Iterator<Item = &'a GeneralName> {
        self.alternative.into_iter().flat_map(|names| &names.0)
    }
}
