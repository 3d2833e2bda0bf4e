//! Which rule decided about a client, and which nearly did: for a person who asks, and no request.

use super::{
    Access, Client, Names, Rule,
    directory::{Directory, Named},
    issuer,
    nearness::{Difference, nearly},
    pattern::Pattern,
    serial::{hexadecimal, significant},
    subject,
};
use crate::{certificate::Certificate, secrets::Place};

/// What the rules of a bundle say of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// An entry of `allow` names it.
    Allowed(DecisiveRule),
    /// An entry of `deny` names it.
    Denied(DecisiveRule),
    /// There is an `allow`, and no entry of it names the client.
    NotAllowed(Option<NearestRule>),
}

/// The rule that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisiveRule {
    /// Where it stands.
    pub place: Place,
    /// Whom it names, in words.
    pub rule: String,
}

/// The rule that came nearest, where one is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestRule {
    /// Where it stands.
    pub place: Place,
    /// Whom it names, in words.
    pub rule: String,
    /// Why it does not name the client, and what would.
    pub why: String,
}

impl Access {
    /// What is said of a client; none where no rule says anything.
    pub(in crate::trust) fn ruling(&self, leaf: &Certificate) -> Option<Ruling> {
        let client = Client::new(leaf);
        let decisive =
            |rule: &Rule| DecisiveRule { place: rule.place.clone(), rule: rule.names.to_string() };
        if let Some(rule) = self.denying(&client) {
            return Some(Ruling::Denied(decisive(rule)));
        }
        let allow = self.allow.as_deref()?;
        Some(match allow.iter().find(|rule| rule.names.name(&client)) {
            Some(rule) => Ruling::Allowed(decisive(rule)),
            None => Ruling::NotAllowed(nearest(allow, &client)),
        })
    }
}

/// The lower, the nearer.
type Distance = u8;

fn nearest(allow: &[Rule], client: &Client<'_>) -> Option<NearestRule> {
    let near = |rule| Some((rule, near(rule, client)?));
    let nearest = allow.iter().filter_map(near).min_by_key(|(_, (distance, _))| *distance);
    nearest.map(|(rule, (_, why))| NearestRule {
        place: rule.place.clone(),
        rule: rule.names.to_string(),
        why,
    })
}

fn near(rule: &Rule, client: &Client<'_>) -> Option<(Distance, String)> {
    match &rule.names {
        Names::Certificate { .. } => rule.names.name_twin(client).then(|| {
            let why = "it names the same certificate with another value of its ECDSA signature; the client's has the sha256";
            (0, format!("{why} {}", client.leaf.sha256()))
        }),
        Names::Issued { issuer: name, serial } => {
            let own = significant(client.leaf.serial());
            let is_near = serial.is(own) || serial.decimal() == Some(own);
            let issuer = Named::of(issuer(client.leaf)).text();
            let serial = hexadecimal(own);
            let why = format!("the client has the issuer {issuer} and the serial {serial}");
            is_near.then(|| (u8::from(name.to_string() == issuer), why))
        }
        Names::Subject(name) => {
            let (how, spelling) = nearly(name, &Directory::of([Named::of(subject(client.leaf))]))?;
            let distance = u8::from(how == Difference::Parts);
            Some((distance, format!("the client has this name {how}: write {spelling}")))
        }
        Names::Alternative(pattern) => near_alternative(pattern, client.leaf),
    }
}

fn near_alternative(pattern: &Pattern, leaf: &Certificate) -> Option<(Distance, String)> {
    let among_names = leaf.alternative_names().iter().find_map(|name| pattern.nearly(name));
    among_names.map(|why| (0, why)).or_else(|| {
        let subject = Named::of(subject(leaf));
        let value = pattern.name().to_lowercase();
        let in_subject = |part: &&String| part.split_once(' ').is_some_and(|(_, it)| it == value);
        subject.parts().iter().find(|part| in_subject(part))?;
        let why = format!(
            "it stands in the client's subject, as a common name may, and not among its subject alternative names: write \
             {{\"subject\": \"…\"}} with {}",
            subject.text()
        );
        Some((1, why))
    })
}
