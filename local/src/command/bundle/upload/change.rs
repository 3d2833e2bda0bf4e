//! What one content of a secret says that another does not.

use std::{collections::BTreeSet, time::SystemTime};

use alb_mtls_adapter::{
    certificate::{Certificate, identity::Identity},
    trust::bundle::{BundleError, Contents, Entry, Item, Source, TrustBundle},
};
use serde::Serialize;

use crate::command::time::rfc3339;

/// What a content says: who is trusted by it, and on which conditions. Order and repetition say nothing.
#[derive(Debug, Default)]
pub(super) struct Statements(BTreeSet<Statement>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Statement {
    pub(super) kind: Kind,
    /// The subject of a certificate, the issuer of a CRL, or the rule.
    pub(super) who: String,
    /// `None` for a rule.
    pub(super) sha256: Option<String>,
    /// When a certificate ends, or the next CRL is due.
    pub(super) until: Option<String>,
    /// How many certificates a CRL names.
    pub(super) revoked: Option<usize>,
    /// Why it has no effect.
    pub(super) without_effect: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Anchor,
    /// A self-signed one in PEM text, which is accepted as a client too.
    AnchorAndClient,
    Pinned,
    Intermediate,
    Crl,
    Allow,
    Deny,
}

/// What becomes of a secret.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub(super) added: Vec<Statement>,
    pub(super) removed: Vec<Statement>,
    /// Anchors that stay, and are accepted as clients too from now on, or no longer; as they are then.
    pub(super) altered: Vec<Statement>,
    pub(super) unchanged: usize,
    /// What that does to clients that are named nowhere in it.
    pub(super) effects: Vec<String>,
}

impl Statements {
    /// Reads a content as the function does.
    pub(super) fn read(source: &Source, now: SystemTime) -> Result<Self, BundleError> {
        let read = || Contents::read(std::slice::from_ref(source));
        let (contents, bundle) = (read()?, TrustBundle::new(read()?, now));
        let warnings = match &bundle {
            Ok(bundle) => bundle.warnings(),
            Err(warnings) => warnings,
        };
        let entries = contents.entries.iter().map(|entry| {
            let bundle = bundle.as_ref().ok();
            let reason = warnings.iter().find(|warning| warning.place == entry.place);
            let without_effect = reason.map(|warning| warning.reason.to_string());
            Statement { without_effect, ..Statement::of(entry, bundle) }
        });
        let rules = contents.rules().into_iter().map(|rule| {
            let kind = if rule.place.key == Some("allow") { Kind::Allow } else { Kind::Deny };
            Statement::new(kind, rule.rule)
        });
        Ok(Self(entries.chain(rules).collect()))
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Statement> {
        self.0.iter().filter(move |statement| statement.kind == kind)
    }

    fn list_issuers(&self) -> BTreeSet<&str> {
        self.of_kind(Kind::Crl).map(|list| list.who.as_str()).collect()
    }
}

impl Statement {
    fn new(kind: Kind, who: String) -> Self {
        Self { kind, who, sha256: None, until: None, revoked: None, without_effect: None }
    }

    fn of(entry: &Entry, bundle: Option<&TrustBundle>) -> Self {
        match &entry.item {
            Item::Anchor(certificate) => {
                // A document says of each what it is there for.
                let is_client =
                    entry.place.key.is_none() && bundle.is_some_and(|it| it.contains(certificate));
                let kind = if is_client { Kind::AnchorAndClient } else { Kind::Anchor };
                Self::certificate(kind, certificate)
            }
            Item::Pinned(certificate) => Self::certificate(Kind::Pinned, certificate),
            Item::Intermediate(certificate) => Self::certificate(Kind::Intermediate, certificate),
            Item::List(list) => Self {
                sha256: Some(list.sha256().to_owned()),
                until: list.next_update().map(rfc3339),
                revoked: Some(list.len()),
                ..Self::new(Kind::Crl, list.issuer())
            },
        }
    }

    fn certificate(kind: Kind, certificate: &Certificate) -> Self {
        let Identity { sha256, subject, not_after, .. } = Identity::of(certificate);
        Self { sha256: Some(sha256), until: Some(not_after), ..Self::new(kind, subject) }
    }

    /// Whether it is an anchor, and the same certificate is one there, a client too or not.
    fn is_anchor_among(&self, others: &[Self]) -> bool {
        let is_anchor = |it: &Self| matches!(it.kind, Kind::Anchor | Kind::AnchorAndClient);
        is_anchor(self) && others.iter().any(|it| is_anchor(it) && it.sha256 == self.sha256)
    }

    /// Whether it was too long to be told in full: two such rules may be alike without being the same.
    fn is_cut(&self) -> bool {
        self.sha256.is_none() && self.who.contains('…')
    }
}

impl Change {
    pub(super) fn between(before: &Statements, after: &Statements) -> Self {
        let without = |all: &Statements, others: &Statements| -> Vec<_> {
            all.0.iter().filter(|it| !others.0.contains(it) || it.is_cut()).cloned().collect()
        };
        let (mut added, mut removed) = (without(after, before), without(before, after));
        let unchanged = after.0.len() - added.len();
        let altered: Vec<_> = added.extract_if(.., |it| it.is_anchor_among(&removed)).collect();
        removed.retain(|it| !it.is_anchor_among(&altered));
        Self { added, removed, altered, unchanged, effects: effects(before, after) }
    }

    /// Whether both say the same.
    pub(super) fn is_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.altered.is_empty()
    }
}

/// What a first or last entry of its kind does, beyond what it says.
fn effects(before: &Statements, after: &Statements) -> Vec<String> {
    let has_allow = |all: &Statements| all.of_kind(Kind::Allow).next().is_some();
    let mut effects = Vec::new();
    match (has_allow(before), has_allow(after)) {
        (false, true) => effects.push(
            "from now on only clients that \"allow\" names are accepted, until now all verified ones were"
                .to_owned(),
        ),
        (true, false) => effects.push(
            "no \"allow\" is left in this secret: if no other secret has one, every verified client is accepted"
                .to_owned(),
        ),
        _ => {}
    }
    let (had, has) = (before.list_issuers(), after.list_issuers());
    effects.extend(has.difference(&had).map(|issuer| {
        format!("first CRL of {issuer}: clients of this CA that no valid CRL covers are refused from now on")
    }));
    effects.extend(had.difference(&has).map(|issuer| {
        format!("no CRL of {issuer} is left in this secret: REVOCATION decides what becomes of its clients")
    }));
    effects
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Leaf, Validity, pem, rcgen};
    use serde_json::{Value, json};
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn root(name: &str) -> Authority {
        let validity = Validity::around(NOW, Duration::days(30));
        Authority::root(name, KeyKind::P256.generate().unwrap(), validity).unwrap()
    }

    fn client(root: &Authority) -> Leaf {
        root.leaf("client-1", Validity::around(NOW, Duration::days(9))).issue().unwrap()
    }

    fn statements(content: &str) -> Statements {
        let source = Source { name: "x".to_owned(), content: content.as_bytes().to_vec() };
        Statements::read(&source, NOW.into()).unwrap()
    }

    fn document(content: &Value) -> Statements {
        statements(&content.to_string())
    }

    type Told = Vec<(Kind, String)>;

    /// Kinds and names, added and removed.
    fn told(before: &Statements, after: &Statements) -> (Told, Told) {
        let change = Change::between(before, after);
        let told =
            |all: Vec<Statement>| -> Told { all.into_iter().map(|it| (it.kind, it.who)).collect() };
        (told(change.added), told(change.removed))
    }

    fn crl(root: &Authority, number: u64) -> String {
        let params = rcgen::CertificateRevocationListParams {
            this_update: NOW - Duration::days(1),
            next_update: NOW + Duration::days(6),
            crl_number: number.into(),
            issuing_distribution_point: None,
            revoked_certs: vec![],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let der = root.revocation_list(params).unwrap();
        pem(&der).replace("CERTIFICATE", "X509 CRL")
    }

    #[test]
    fn change_of_a_ca_names_the_new_one_and_the_old_one_and_counts_the_rest() {
        let [old, new, stays] = ["Old", "New", "Stays"].map(root);
        let before = statements(&(old.pem() + &stays.pem()));
        let after = statements(&(stays.pem() + &new.pem()));
        let (added, removed) = told(&before, &after);
        assert_eq!(added, [(Kind::AnchorAndClient, "CN=New".to_owned())]);
        assert_eq!(removed, [(Kind::AnchorAndClient, "CN=Old".to_owned())]);
        assert_eq!(Change::between(&before, &after).unchanged, 1);
    }

    #[test]
    fn everything_is_new_where_nothing_was() {
        let root = root("Root");
        let change = Change::between(&Statements::default(), &statements(&root.pem()));
        assert_eq!((change.added.len(), change.removed.len(), change.unchanged), (1, 0, 0));
    }

    #[test]
    fn order_repetition_comments_and_form_are_no_change() {
        let [one, two] = ["One", "Two"].map(root);
        let before = statements(&(one.pem() + &two.pem()));
        let after = statements(&format!("# partners\n{}{}{}", two.pem(), one.pem(), two.pem()));
        assert!(Change::between(&before, &after).is_none());
        let list = document(&json!({"anchors": [one.pem(), two.pem()]}));
        let text = document(&json!({"anchors": two.pem() + &one.pem()}));
        assert!(Change::between(&list, &text).is_none());
    }

    #[test]
    fn same_certificate_for_another_purpose_is_a_change() {
        let root = root("Root");
        let (pem, client) = (root.pem(), client(&root));
        // As a document has it, it is no client any more, and still an anchor.
        let (text, anchor) = (statements(&pem), document(&json!({"anchors": pem})));
        for (before, after, kind) in
            [(&text, &anchor, Kind::Anchor), (&anchor, &text, Kind::AnchorAndClient)]
        {
            let change = Change::between(before, after);
            assert_eq!(change.altered.iter().map(|it| it.kind).collect::<Vec<_>>(), [kind]);
            assert_eq!((change.added.len(), change.removed.len(), change.unchanged), (0, 0, 0));
            assert!(!change.is_none());
        }
        // No longer an anchor is another matter.
        let pinned = document(&json!({"pinned": pem}));
        let (added, removed) = told(&text, &pinned);
        assert_eq!(added, [(Kind::Pinned, "CN=Root".to_owned())]);
        assert_eq!(removed, [(Kind::AnchorAndClient, "CN=Root".to_owned())]);
        let both = document(&json!({"anchors": pem, "pinned": client.pem()}));
        let (added, removed) = told(&both, &document(&json!({"anchors": pem})));
        assert_eq!((added, removed), (vec![], vec![(Kind::Pinned, "CN=client-1".to_owned())]));
        let (added, _) = told(&both, &document(&json!({"anchors": pem, "pinned": pem})));
        assert_eq!(added, [(Kind::Pinned, "CN=Root".to_owned())]);
    }

    #[test]
    fn rules_are_compared_and_a_first_or_last_allow_says_what_it_does() {
        let root = root("Root");
        let with = |more: &Value| {
            let mut document = json!({"anchors": root.pem()});
            document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            self::document(&document)
        };
        let (none, allow) = (with(&json!({})), with(&json!({"allow": [{"dns": "a.example"}]})));
        let deny = with(&json!({"deny": [{"dns": "a.example"}]}));
        assert_eq!(told(&none, &allow).0, [(Kind::Allow, "dns a.example".to_owned())]);
        let (added, removed) = told(&allow, &deny);
        assert_eq!(added, [(Kind::Deny, "dns a.example".to_owned())]);
        assert_eq!(removed, [(Kind::Allow, "dns a.example".to_owned())]);
        let effects = |before, after| Change::between(before, after).effects;
        assert!(effects(&none, &allow)[0].starts_with("from now on only clients that \"allow\""));
        assert!(effects(&allow, &deny)[0].starts_with("no \"allow\" is left"));
        let more = with(&json!({"allow": [{"dns": "a.example"}, {"dns": "b.example"}]}));
        assert_eq!(effects(&allow, &more), <[String; 0]>::default());
    }

    #[test]
    fn rules_that_are_too_long_to_be_told_apart_are_never_taken_for_the_same() {
        let root = root("Root");
        let rule = |end: &str| {
            let uri = format!("urn:{}{end}", "x".repeat(9_000));
            document(&json!({"anchors": root.pem(), "deny": [{"uri": uri}]}))
        };
        assert!(!Change::between(&rule("1"), &rule("2")).is_none());
    }

    #[test]
    fn newer_crl_replaces_the_older_and_a_first_or_last_one_says_what_it_does() {
        let root = root("Root");
        let with = |number| statements(&(root.pem() + &crl(&root, number)));
        let (none, one, two) = (statements(&root.pem()), with(1), with(2));
        let change = Change::between(&one, &two);
        assert_eq!((change.added.len(), change.removed.len(), change.effects.len()), (1, 1, 0));
        assert_eq!(change.added[0].until.as_deref(), Some("2026-06-07T12:00:00Z"));
        let effects = |before, after| Change::between(before, after).effects;
        assert!(effects(&none, &one)[0].starts_with("first CRL of CN=Root"));
        assert!(effects(&one, &none)[0].starts_with("no CRL of CN=Root is left"));
    }

    #[test]
    fn what_has_no_effect_says_why() {
        let [root, other] = ["Root", "Other"].map(root);
        let after = document(&json!({"anchors": [root.pem(), client(&other).pem()]}));
        let change = Change::between(&Statements::default(), &after);
        let named = |name| change.added.iter().find(move |it| it.who == name);
        let of = |name| named(name).unwrap().without_effect.clone();
        assert_eq!(of("CN=Root"), None);
        assert!(of("CN=client-1").unwrap().starts_with("it is no CA certificate"));
    }
}
