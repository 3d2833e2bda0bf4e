//! Certificates that were valid once. Each refusal has its accepting twin beside it.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

use alb_mtls::pki::{Authority, Leaf, pem, rcgen};
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{
        self, PathError, Revocation, VerifiedClient,
        bundle::{NoUse, TrustBundle},
        revocation::{Doubt, Limitation, RevocationList},
    },
};
use der::Encode;
use proptest::prelude::*;
use x509_cert::ext::pkix::{
    CrlReason,
    crl::dp::{DistributionPoint, ReasonFlags, Reasons},
    name::{DistributionPointName, GeneralName},
};

use crate::{
    support::{self, NOW, Pki, header, key, lists::List, trusting, valid},
    verdict::{OK, judge, word_of},
};

const HIT: &str = "ClientCertCrlHit";
const UNTOLD: &str = "ClientCertCrlProcessingError";

/// A root with lists and the certificates that it issued.
struct World {
    pki: Pki,
    /// Issued by the root itself.
    client: Leaf,
    mode: Revocation,
}

impl World {
    fn new() -> Self {
        let pki = Pki::new();
        let client = pki.root.leaf("client", valid()).issue().unwrap();
        Self { pki, client, mode: Revocation::WhenListed }
    }

    fn with(self, mode: Revocation) -> Self {
        Self { mode, ..self }
    }

    fn list(&self) -> List {
        List::of(&self.pki.root)
    }

    /// The verdict on a chain, with the root and these lists in the bundle.
    fn verify(&self, chain: &[&[u8]], lists: &[List]) -> Result<VerifiedClient, PathError> {
        judge(chain, &self.bundle(lists), self.mode)
    }

    fn bundle(&self, lists: &[List]) -> TrustBundle {
        trusting(self.pki.root.pem() + &pems(lists))
    }

    /// The word for the client that the root issued.
    fn word(&self, lists: &[List]) -> &'static str {
        word_of(self.verify(&[self.client.der()], lists))
    }

    /// The same for the client of the intermediate.
    fn word_below(&self, lists: &[List]) -> &'static str {
        word_of(self.verify(&[self.pki.leaf.der(), self.pki.issuing.der()], lists))
    }
}

fn pems(lists: &[List]) -> String {
    lists.iter().map(List::pem).collect()
}

// --- What a list says ----------------------------------------------------------------------------

#[test]
fn client_that_a_list_names_is_refused_and_the_one_beside_it_accepted() {
    let world = World::new();
    let other = world.pki.root.leaf("other", valid()).issue().unwrap();
    let list = world.list().revoking_for(world.client.der(), CrlReason::KeyCompromise);
    assert_eq!(world.word(std::slice::from_ref(&list)), HIT);
    world.verify(&[other.der()], std::slice::from_ref(&list)).unwrap();
    let error = world.verify(&[world.client.der()], &[list]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the client's certificate has been revoked, keyCompromise, by CN=Test Root (RFC 5280 section 6.3.3)"
    );
}

#[test]
fn intermediate_that_a_list_names_takes_its_clients_along() {
    let world = World::new();
    assert_eq!(world.word_below(&[world.list()]), OK);
    let list = world.list().revoking(world.pki.issuing.der());
    assert_eq!(world.word_below(&[list]), HIT);
}

#[test]
fn every_reason_revokes_in_a_complete_list() {
    let world = World::new();
    for reason in [
        CrlReason::Unspecified,
        CrlReason::CessationOfOperation,
        CrlReason::CertificateHold,
        CrlReason::RemoveFromCRL,
    ] {
        let list = world.list().revoking_for(world.client.der(), reason);
        assert_eq!(world.word(&[list]), HIT, "{reason:?}");
    }
}

#[test]
fn certificate_that_a_list_names_twice_is_revoked_in_either_order() {
    let world = World::new();
    let client = world.client.der();
    let (hold, remove) = (CrlReason::CertificateHold, CrlReason::RemoveFromCRL);
    for (first, second) in [(hold, remove), (remove, hold)] {
        let delta = world.list().number(2).delta_since(1);
        let delta = delta.revoking_for(client, first).revoking_for(client, second);
        assert_eq!(world.word(&[world.list(), delta]), HIT, "{first:?}");
    }
}

#[test]
fn list_of_another_authority_says_nothing_whatever_numbers_it_names() {
    let (world, other) = (World::new(), Authority::root("Other", key(), valid()).unwrap());
    let lists = [world.list(), List::of(&other).revoking(world.client.der())];
    assert_eq!(world.word(&lists), OK);
}

// --- Which list counts ---------------------------------------------------------------------------

#[test]
fn newest_list_counts_in_either_order() {
    let world = World::new();
    let naming = |list: List| list.revoking(world.client.der());
    let (old, new) = (|| world.list().number(1).days(-3, 4), || world.list().number(2).days(-1, 6));
    for (first, second, verdict) in [(naming(old()), new(), OK), (old(), naming(new()), HIT)] {
        assert_eq!(world.word(&[first.clone(), second.clone()]), verdict);
        assert_eq!(world.word(&[second, first]), verdict);
    }
}

#[test]
fn numbers_are_compared_as_numbers() {
    let world = World::new();
    let old = world.list().number(255).days(-3, 4).revoking(world.client.der());
    assert_eq!(world.word(&[old, world.list().number(256)]), OK);
}

#[test]
fn list_without_a_number_goes_by_its_date() {
    let world = World::new();
    let old = world.list().without_number().days(-3, 4).revoking(world.client.der());
    let new = world.list().without_number();
    assert_eq!(world.word(&[old, new.clone()]), OK);
    let same_day = world.list().without_number().revoking(world.pki.leaf.der());
    assert_eq!(world.word(&[same_day, new]), UNTOLD);
}

#[test]
fn two_lists_that_cannot_be_ordered_refuse() {
    let world = World::new();
    let one = || world.list().number(2).days(-2, 5);
    for (case, other) in [
        ("same number, other date", world.list().number(2).days(-1, 6)),
        ("greater number, earlier date", world.list().number(3).days(-3, 4)),
        ("same number and date", world.list().number(2).days(-2, 6)),
    ] {
        let error = world.verify(&[world.client.der()], &[one(), other]).unwrap_err();
        let PathError::Undetermined { doubt, .. } = error else { panic!("{case}: {error}") };
        assert_eq!(doubt, Doubt::NoOrder, "{case}");
    }
    assert_eq!(world.word(&[one(), world.list().number(3).days(-2, 5)]), OK);
    assert_eq!(world.word(&[one(), one()]), OK, "the same list twice is one list");
}

#[test]
fn list_is_of_date_to_the_second_of_its_next_update_and_no_longer() {
    let world = World::new();
    let chain = [world.client.der()];
    let chain = PresentedChain::from_header(header(&chain).as_bytes()).unwrap();
    let bundle = world.bundle(&[world.list().days(-1, 1)]);
    let at = |time| trust::verify(&chain, &bundle, Revocation::WhenListed, time);
    let next = SystemTime::from(NOW) + Duration::from_secs(24 * 60 * 60);
    assert_eq!(at(next).unwrap().valid_until(), next);
    assert_eq!(word_of(at(next + Duration::from_secs(1))), UNTOLD);
}

#[test]
fn newest_list_counts_though_it_is_out_of_date_and_an_older_one_is_not() {
    let world = World::new();
    let older = world.list().number(1).days(-5, 5);
    assert_eq!(world.word(std::slice::from_ref(&older)), OK);
    assert_eq!(world.word(&[older, world.list().number(2).days(-4, -1)]), UNTOLD);
}

#[test]
fn list_that_is_out_of_date_still_revokes() {
    let world = World::new();
    let list = world.list().days(-9, -1).revoking(world.client.der());
    assert_eq!(world.word(&[list]), HIT);
}

#[test]
fn list_from_the_future_does_not_count_yet() {
    let world = World::new();
    let early = || world.list().number(2).days(1, 9);
    assert_eq!(world.word(&[early()]), UNTOLD);
    assert_eq!(world.word(&[early(), world.list()]), OK);
    assert_eq!(world.word(&[early().revoking(world.client.der()), world.list()]), UNTOLD);
}

// --- Delta lists ---------------------------------------------------------------------------------

#[test]
fn what_a_delta_list_names_is_revoked() {
    let world = World::new();
    let delta = || world.list().number(2).delta_since(1);
    assert_eq!(world.word(&[world.list(), delta()]), OK);
    assert_eq!(world.word(&[world.list(), delta().revoking(world.client.der())]), HIT);
    assert_eq!(
        world.word(&[world.list(), delta().days(-9, -2).revoking(world.client.der())]),
        HIT,
        "out of date"
    );
}

#[test]
fn delta_list_alone_clears_nobody() {
    let world = World::new();
    assert_eq!(world.word(&[world.list().number(2).delta_since(1)]), UNTOLD);
    assert_eq!(world.word(&[world.list(), world.list().number(2).delta_since(1)]), OK);
}

#[test]
fn delta_list_lifts_a_hold_and_nothing_else() {
    let world = World::new();
    let base = |reason| world.list().revoking_for(world.client.der(), reason);
    let release =
        || world.list().number(2).revoking_for(world.client.der(), CrlReason::RemoveFromCRL);
    let hold = || base(CrlReason::CertificateHold);
    assert_eq!(world.word(&[hold(), release().delta_since(1)]), OK);
    assert_eq!(world.word(&[hold()]), HIT);
    assert_eq!(world.word(&[base(CrlReason::KeyCompromise), release().delta_since(1)]), HIT);
    assert_eq!(world.word(&[hold(), release().delta_since(1).days(-9, -2)]), HIT, "out of date");
    let users = release().delta_since(1).scope(|point| point.only_contains_user_certs = true);
    assert_eq!(world.word(&[hold(), users]), HIT, "of another scope");
    assert_eq!(world.word(&[hold().number(2), release().delta_since(1)]), HIT, "already known");
    assert_eq!(world.word(&[hold(), release().number(9).delta_since(2)]), HIT, "a gap between");
}

// --- Until when an acceptance holds ---------------------------------------------------------------

fn in_days(days: u64) -> SystemTime {
    SystemTime::from(NOW) + Duration::from_secs(days * 24 * 60 * 60)
}

/// Until when the client that the root issued is accepted by these lists.
fn until(world: &World, lists: &[List]) -> SystemTime {
    world.verify(&[world.client.der()], lists).unwrap().valid_until()
}

#[test]
fn acceptance_ends_with_the_first_list_that_it_rests_on() {
    let world = World::new();
    assert_eq!(until(&world, &[world.list()]), in_days(6));
    let held = || world.list().revoking_for(world.client.der(), CrlReason::CertificateHold);
    let release = |until: i64| {
        let delta = world.list().number(2).days(-1, until).delta_since(1);
        delta.revoking_for(world.client.der(), CrlReason::RemoveFromCRL)
    };
    assert_eq!(until(&world, &[held(), release(2)]), in_days(2), "the release was lifted with it");
    assert_eq!(until(&world, &[held(), release(9)]), in_days(6));
    let of_no_one = world.list().number(2).days(-1, 2).delta_since(1);
    assert_eq!(until(&world, &[world.list(), of_no_one]), in_days(6), "it was not needed");
}

#[test]
fn acceptance_ends_when_a_list_begins_that_is_not_valid_yet() {
    let world = World::new();
    let next = || world.list().number(2).days(3, 9);
    assert_eq!(until(&world, &[world.list(), next()]), in_days(3));
    let of_authorities = next().scope(|point| point.only_contains_ca_certs = true);
    assert_eq!(until(&world, &[world.list(), of_authorities]), in_days(6), "it is about others");
}

#[test]
fn acceptance_ends_with_whoever_signed_the_list_that_it_rests_on() {
    let world = World::new();
    let judge = |days: i64| {
        let (key, der) = second_key(&world.pki.root, |params| {
            params.not_after = NOW + time::Duration::days(days);
        });
        let list = List::named(world.pki.root.der(), &key);
        let chain = [world.client.der(), &der];
        world.verify(&chain, &[list]).unwrap().valid_until()
    };
    assert_eq!(judge(2), in_days(2));
    assert_eq!(judge(9), in_days(6));
}

#[test]
fn acceptance_ends_with_the_list_that_cleared_who_signed_the_one_that_it_rests_on() {
    // The lists of the issuing authority are signed by a key that another authority certified.
    let world = World::new();
    let (root, issuing) = (&world.pki.root, &world.pki.issuing);
    let side = root.intermediate("Side", key(), valid()).unwrap();
    let judge = |days: i64| {
        let signer = side.intermediate(issuing.name(), key(), valid()).unwrap();
        let lists =
            [List::named(issuing.der(), &signer.key().pem()), List::of(&side).days(-1, days)];
        let chain = [world.pki.leaf.der(), issuing.der(), signer.der(), side.der()];
        world.verify(&chain, &lists).unwrap().valid_until()
    };
    assert_eq!(judge(2), in_days(2));
    assert_eq!(judge(9), in_days(6));
}

#[test]
fn acceptance_ends_with_the_list_that_releases_its_anchor() {
    let world = World::new();
    let root = world.pki.root.der();
    let judge = |days: i64| {
        let held = world.list().revoking_for(root, CrlReason::CertificateHold);
        let release = world.list().number(2).days(-1, days).delta_since(1);
        until(&world, &[held, release.revoking_for(root, CrlReason::RemoveFromCRL)])
    };
    assert_eq!(judge(2), in_days(2));
    assert_eq!(judge(9), in_days(6));
}

// --- Scopes --------------------------------------------------------------------------------------

#[test]
fn list_about_users_or_authorities_answers_for_those_alone() {
    let world = World::new();
    let users = world.list().scope(|point| point.only_contains_user_certs = true);
    let authorities = world.list().scope(|point| point.only_contains_ca_certs = true);
    assert_eq!(world.word(std::slice::from_ref(&users)), OK);
    assert_eq!(world.word(std::slice::from_ref(&authorities)), UNTOLD);
    assert_eq!(world.word_below(std::slice::from_ref(&users)), UNTOLD);
    assert_eq!(world.word_below(std::slice::from_ref(&authorities)), OK);
    let both = [users, authorities.clone()];
    assert_eq!((world.word(&both), world.word_below(&both)), (OK, OK));
    let revoking = authorities.revoking(world.client.der());
    assert_eq!(world.word(&[world.list(), revoking]), UNTOLD, "though it says nothing about users");
}

#[test]
fn list_of_a_distribution_point_answers_for_the_certificates_that_name_it() {
    let world = World::new();
    let points = |urls: &[&str]| {
        let uris = urls.iter().map(|url| (*url).to_owned()).collect();
        world
            .pki
            .root
            .leaf("client", valid())
            .adjust(|params| {
                params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris }];
            })
            .issue()
            .unwrap()
    };
    let (here, there) = ("http://crl.example/here", "http://crl.example/there");
    let list = || world.list().at(here);
    let verdict = |leaf: &Leaf, list: List| word_of(world.verify(&[leaf.der()], &[list]));
    assert_eq!(verdict(&points(&[here]), list()), OK);
    assert_eq!(verdict(&points(&[there, here]), list()), OK);
    assert_eq!(verdict(&points(&[there]), list()), UNTOLD);
    assert_eq!(verdict(&world.client, list()), UNTOLD);
    assert_eq!(verdict(&points(&[there]), world.list()), OK, "a list about everything");
    let named = points(&[here]);
    assert_eq!(verdict(&named, list().revoking(named.der())), HIT);
}

#[test]
fn distribution_point_may_leave_a_list_to_another_issuer_or_to_some_reasons() {
    let world = World::new();
    let url = || {
        GeneralName::UniformResourceIdentifier("http://crl.example/".to_owned().try_into().unwrap())
    };
    let client = |reasons, crl_issuer| {
        let point = DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![url()])),
            reasons,
            crl_issuer,
        };
        let content = vec![point].to_der().unwrap();
        let extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 31], content);
        let leaf = world.pki.root.leaf("client", valid());
        leaf.adjust(|params| params.custom_extensions = vec![extension]).issue().unwrap()
    };
    let list = world.list().at("http://crl.example/");
    let verdict = |leaf: Leaf| word_of(world.verify(&[leaf.der()], std::slice::from_ref(&list)));
    assert_eq!(verdict(client(None, None)), OK);
    assert_eq!(verdict(client(None, Some(vec![url()]))), UNTOLD);
    assert_eq!(verdict(client(Some(Reasons::KeyCompromise.into()), None)), UNTOLD);
}

#[test]
fn lists_about_some_reasons_answer_together_or_not_at_all() {
    let world = World::new();
    let some =
        |reasons: ReasonFlags| world.list().scope(|point| point.only_some_reasons = Some(reasons));
    let compromise = || some(Reasons::KeyCompromise | Reasons::CaCompromise);
    let rest = || some(!(Reasons::KeyCompromise | Reasons::CaCompromise));
    assert_eq!(world.word(&[compromise()]), UNTOLD);
    assert_eq!(world.word(&[compromise(), rest()]), OK);
    assert_eq!(world.word(&[rest(), compromise()]), OK);
    assert_eq!(world.word(&[compromise().revoking(world.client.der()), rest()]), HIT);
    assert_eq!(world.word(&[compromise().revoking(world.client.der())]), HIT);
}

// --- What a refusal says of lists that do not answer ----------------------------------------------

/// Asserts that the reason says all of this, and that the lists of the twin leave nothing to say.
fn told(world: &World, chain: &[&[u8]], lists: &[List], parts: &[&str], twin: &[List]) {
    let reason = world.verify(chain, lists).unwrap_err().to_string();
    for part in parts {
        assert!(reason.contains(part), "{part}: {reason}");
    }
    world.verify(chain, twin).unwrap();
}

#[test]
fn delta_list_without_its_base_names_the_number_that_is_missing() {
    let world = World::new();
    let delta = || world.list().number(12).delta_since(10);
    let base = |number| world.list().number(number).days(-2, 6);
    let parts =
        ["a delta CRL alone clears nobody", "a complete CRL with the number 10 or a later one"];
    told(&world, &[world.client.der()], &[delta()], &parts, &[delta(), base(10)]);
}

#[test]
fn both_distribution_points_are_named_where_list_and_certificate_differ() {
    let world = World::new();
    let client = world.pki.root.leaf("client", valid()).adjust(|params| {
        let uris = vec!["http://crl.example/7".to_owned()];
        params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris }];
    });
    let client = client.issue().unwrap();
    let (here, there) =
        (world.list().at("http://crl.example/7"), world.list().at("http://crl.example/8"));
    let parts =
        ["point URI:http://crl.example/8, and the certificate names URI:http://crl.example/7"];
    told(&world, &[client.der()], std::slice::from_ref(&there), &parts, &[there.clone(), here]);
    let without = ["point URI:http://crl.example/8, and the certificate names none"];
    told(&world, &[world.client.der()], &[there], &without, &[world.list()]);
    let many: Vec<_> =
        (0..9).map(|part| world.list().at(&format!("http://crl.example/{part}/"))).collect();
    told(&world, &[client.der()], &many, &["/2/ and 6 more, and"], &[world.list()]);
}

#[test]
fn list_of_another_kind_of_certificate_says_which_kind() {
    let world = World::new();
    let users = || world.list().scope(|point| point.only_contains_user_certs = true);
    let authorities = || world.list().scope(|point| point.only_contains_ca_certs = true);
    let below = [world.pki.leaf.der(), world.pki.issuing.der()];
    let parts = ["about CA certificates alone (onlyContainsCACerts), and this is no CA's"];
    told(&world, &[world.client.der()], &[authorities()], &parts, &[users()]);
    let parts = ["about user certificates alone (onlyContainsUserCerts), and this is a CA's"];
    told(&world, &below, &[users()], &parts, &[authorities()]);
}

#[test]
fn reasons_that_no_list_answers_for_are_named() {
    let world = World::new();
    let some =
        |reasons: ReasonFlags| world.list().scope(|point| point.only_some_reasons = Some(reasons));
    let most = || some(!(Reasons::KeyCompromise | Reasons::CaCompromise));
    let rest = || some(Reasons::KeyCompromise | Reasons::CaCompromise);
    let parts = ["no CRL answers for the reasons keyCompromise, cACompromise"];
    told(&world, &[world.client.der()], &[most()], &parts, &[most(), rest()]);
}

#[test]
fn distribution_point_that_is_left_to_another_issuer_says_so() {
    let world = World::new();
    let client = |crl_issuer: Option<&str>| {
        let url = GeneralName::UniformResourceIdentifier(
            "http://crl.example/".to_owned().try_into().unwrap(),
        );
        let named = |name: &str| {
            vec![GeneralName::DirectoryName(x509_cert::name::Name::from_str(name).unwrap())]
        };
        let point = DistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(vec![url])),
            reasons: None,
            crl_issuer: crl_issuer.map(named),
        };
        let extension = rcgen::CustomExtension::from_oid_content(
            &[2, 5, 29, 31],
            vec![point].to_der().unwrap(),
        );
        let leaf = world.pki.root.leaf("client", valid());
        leaf.adjust(|params| params.custom_extensions = vec![extension]).issue().unwrap()
    };
    let list = || world.list().at("http://crl.example/");
    let parts = ["names URI:http://crl.example/ with a CRL of another issuer, which is not used"];
    told(&world, &[client(Some("CN=Others")).der()], &[list()], &parts, &[world.list()]);
    world.verify(&[client(None).der()], &[list()]).unwrap();
}

#[test]
fn revoked_client_is_told_nothing_about_the_order_of_its_chain() {
    let world = World::new();
    // Its name is that of the issuer of what it sends along.
    let namesake = Authority::root("client", key(), valid()).unwrap();
    let other = namesake.leaf("other", valid()).issue().unwrap();
    let chain = [world.client.der(), other.der()];
    let reason = world.verify(&chain, &[world.list().revoking(world.client.der())]).unwrap_err();
    assert!(matches!(reason, PathError::Revoked { .. }), "{reason}");
    world.verify(&chain, &[world.list()]).unwrap();
}

// --- How lists stand to each other ------------------------------------------------------------------

fn pair(world: &World, one: &List, other: &List) -> [RevocationList; 2] {
    // In a bundle, so that it is known who signed them.
    let lists = [one.clone(), other.clone()];
    let bundle = world.bundle(&lists);
    lists.map(|list| {
        let read = RevocationList::from_der(&list.der()).unwrap();
        bundle
            .lists()
            .find(|known| {
                known.this_update() == read.this_update() && known.number() == read.number()
            })
            .unwrap()
            .clone()
    })
}

#[test]
fn list_is_superseded_by_a_newer_one_of_its_scope_and_by_no_other() {
    let world = World::new();
    let superseded = |old: &List, new: &List| {
        let [old, new] = pair(&world, old, new);
        (old.is_superseded_by(&new), new.is_superseded_by(&old))
    };
    let old = world.list().number(1).days(-3, 4);
    let new = || world.list().number(2);
    assert_eq!(superseded(&old, &new()), (true, false));
    assert_eq!(superseded(&old, &new().at("http://crl.example/")), (false, false), "another scope");
    let other = Authority::root("Other", key(), valid()).unwrap();
    assert_eq!(superseded(&old, &List::of(&other).number(2)), (false, false), "another issuer");
    assert_eq!(superseded(&old, &new().delta_since(1)), (false, false), "a delta list");
    assert_eq!(superseded(&old.clone().delta_since(0), &new()), (true, false), "of a delta list");
}

#[test]
fn list_contradicts_another_where_neither_is_the_newer() {
    let world = World::new();
    let contradicts = |one: &List, other: &List| {
        let [one, other] = pair(&world, one, other);
        one.contradicts(&other)
    };
    let list = |number, from| world.list().number(number).days(from, 4);
    assert!(contradicts(&list(2, -3), &list(1, -2)));
    assert!(!contradicts(&list(1, -3), &list(2, -2)));
    assert!(!contradicts(&list(2, -3), &list(1, -2).at("http://crl.example/")));
}

#[test]
fn delta_list_is_based_on_a_complete_one_from_its_base_on() {
    let world = World::new();
    let based = |base, number| {
        let delta = world.list().number(9).delta_since(base);
        let [delta, complete] = pair(&world, &delta, &world.list().number(number).days(-3, 4));
        delta.is_based_on(&complete)
    };
    assert!(based(5, 5) && based(5, 6));
    assert!(!based(5, 4));
}

// --- Who may sign --------------------------------------------------------------------------------

#[test]
fn list_that_its_issuer_did_not_sign_is_none() {
    let world = World::new();
    let forged = List::named(world.pki.root.der(), &key().pem());
    assert_eq!(world.word(std::slice::from_ref(&forged)), UNTOLD);
    assert_eq!(world.word(&[forged.clone(), world.list()]), OK);
    let naming = forged.revoking(world.client.der());
    assert_eq!(world.word(&[naming, world.list()]), UNTOLD, "whoever signed it, it names him");
}

/// A certificate of the root's own name, over another key.
fn second_key(
    root: &Authority,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> (String, Vec<u8>) {
    let own = key();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, root.name());
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
    change(&mut params);
    let root_key = rcgen::KeyPair::from_pem(&root.key().pem()).unwrap();
    let mut issuer = rcgen::CertificateParams::new([]).unwrap();
    issuer.distinguished_name = params.distinguished_name.clone();
    let issuer = rcgen::Issuer::new(issuer, root_key);
    let certified = rcgen::KeyPair::from_pem(&own.pem()).unwrap();
    let der = params.signed_by(&certified, &issuer).unwrap().der().to_vec();
    (own.pem(), der)
}

/// The verdicts on the root's client where a second certificate of the root is in the header, among the
/// intermediates of the bundle, or among its PEM.
fn verdicts_by_second_key(world: &World, signer: &[u8], list: &List) -> [&'static str; 3] {
    let plain = world.bundle(std::slice::from_ref(list));
    let json = |intermediates: &str| {
        let document = serde_json::json!({
            "anchors": world.pki.root.pem(),
            "intermediates": [intermediates],
            "crls": [list.pem()],
        });
        trusting(document.to_string())
    };
    let mixed = trusting(world.pki.root.pem() + &pem(signer) + &list.pem());
    let client = world.client.der();
    [
        word_of(judge(&[client, signer], &plain, world.mode)),
        word_of(judge(&[client], &json(&pem(signer)), world.mode)),
        word_of(judge(&[client], &mixed, world.mode)),
    ]
}

#[test]
fn list_signed_by_a_key_that_the_authority_certified_for_lists_counts() {
    let world = World::new();
    let (own, signer) = second_key(&world.pki.root, |_| {});
    let list = List::named(world.pki.root.der(), &own);
    assert_eq!(verdicts_by_second_key(&world, &signer, &list), [OK; 3]);
    let hit = list.clone().revoking(world.client.der());
    assert_eq!(verdicts_by_second_key(&world, &signer, &hit), [HIT; 3]);
    // Whoever signs lists alone is no client, and who is one is pinned though he signs lists too.
    let usages = vec![rcgen::KeyUsagePurpose::CrlSign, rcgen::KeyUsagePurpose::DigitalSignature];
    let (_, both) = second_key(&world.pki.root, |params| params.key_usages = usages);
    let pinned = trusting(world.pki.root.pem() + &pem(&both));
    assert_eq!((pinned.pinned(), word_of(judge(&[&both], &pinned, world.mode))), (1, OK));
    let mixed = trusting(world.pki.root.pem() + &pem(&signer));
    assert_eq!(word_of(judge(&[&signer], &mixed, world.mode)), "ClientCertPurposeInvalid");
}

#[test]
fn second_key_without_the_right_to_sign_lists_does_not_count() {
    let world = World::new();
    for usages in [vec![], vec![rcgen::KeyUsagePurpose::DigitalSignature]] {
        let (own, signer) = second_key(&world.pki.root, |params| params.key_usages = usages);
        let list = List::named(world.pki.root.der(), &own);
        assert_eq!(verdicts_by_second_key(&world, &signer, &list), [UNTOLD; 3]);
    }
}

#[test]
fn second_key_that_leads_to_no_anchor_does_not_count() {
    let world = World::new();
    let stranger = Authority::root(world.pki.root.name(), key(), valid()).unwrap();
    let (own, signer) = second_key(&stranger, |_| {});
    let list = List::named(world.pki.root.der(), &own);
    assert_eq!(verdicts_by_second_key(&world, &signer, &list), [UNTOLD; 3]);
}

#[test]
fn second_key_that_leads_to_another_anchor_does_not_count() {
    let (one, other) = (Pki::new().root, Authority::root("Other Root", key(), valid()).unwrap());
    let first = one.intermediate("Issuing", key(), valid()).unwrap();
    let list = |root: &Authority| {
        let second = root.intermediate("Issuing", key(), valid()).unwrap();
        let list = List::of(&second);
        let content = one.pem() + &other.pem() + &list.pem();
        let client = first.leaf("client", valid()).issue().unwrap();
        let chain = [client.der(), first.der(), second.der()];
        judge(&chain, &trusting(content), Revocation::WhenListed)
    };
    assert_eq!(word_of(list(&one)), OK);
    assert_eq!(word_of(list(&other)), UNTOLD);
    let reason = list(&other).unwrap_err().to_string();
    assert!(reason.contains("signed by a key that leads to another anchor"), "{reason}");
}

#[test]
fn client_cannot_use_up_the_search_to_keep_a_list_from_being_heard() {
    let world = World::new();
    let (own, signer) = second_key(&world.pki.root, |_| {});
    let hit = List::named(world.pki.root.der(), &own).number(2).revoking(world.client.der());
    // Fourteen certificates of the root's name that sign each other.
    let junk_key = Authority::root(world.pki.root.name(), key(), valid()).unwrap();
    let junk: Vec<Vec<u8>> = (0..14)
        .map(|_| {
            let usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
            let own = rcgen::KeyPair::from_pem(&junk_key.key().pem()).unwrap();
            let mut params = rcgen::CertificateParams::new([]).unwrap();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(rcgen::DnType::CommonName, world.pki.root.name());
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            params.key_usages = usages;
            (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
            params.self_signed(&own).unwrap().der().to_vec()
        })
        .collect();
    let mut chain = vec![world.client.der()];
    chain.extend(junk.iter().map(Vec::as_slice));
    let with = |lists: &[List]| {
        let intermediates = pem(&signer);
        let document = serde_json::json!({
            "anchors": world.pki.root.pem(), "intermediates": intermediates, "crls": pems(lists),
        });
        word_of(judge(&chain, &trusting(document.to_string()), world.mode))
    };
    assert_ne!(with(&[world.list(), hit]), OK);
    assert_eq!(with(&[world.list()]), OK, "the junk alone does no harm");
}

#[test]
fn lists_of_many_keys_are_heard_in_every_order() {
    let world = World::new();
    let usages = || vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    let keys: Vec<_> = (0..7)
        .map(|_| {
            second_key(&world.pki.root, |params| {
                params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
                params.key_usages = usages();
            })
        })
        .collect();
    let blocks = |naming: bool| {
        let mut blocks = vec![world.pki.root.pem(), world.list().pem()];
        for (position, (own, certificate)) in keys.iter().enumerate() {
            let list = List::named(world.pki.root.der(), own);
            let names = naming && position == 6;
            blocks.push(pem(certificate));
            blocks.push(if names { list.revoking(world.client.der()) } else { list }.pem());
        }
        blocks
    };
    for (naming, verdict) in [(true, HIT), (false, OK)] {
        let mut blocks = blocks(naming);
        for _ in 0..blocks.len() {
            blocks.rotate_left(1);
            assert_eq!(
                word_of(judge(&[world.client.der()], &trusting(blocks.concat()), world.mode)),
                verdict
            );
        }
    }
}

#[test]
fn client_cannot_choose_a_path_on_which_a_list_is_not_heard() {
    let (one, other) = (Pki::new().root, Authority::root("Other Root", key(), valid()).unwrap());
    let issuing = key().pem();
    let under = |root: &Authority| {
        let key = alb_mtls::pki::Key::from_pem(&issuing).unwrap();
        root.intermediate("Issuing", key, valid()).unwrap()
    };
    let (first, cross) = (under(&one), under(&other));
    let second = one.intermediate("Issuing", key(), valid()).unwrap();
    let client = first.leaf("client", valid()).issue().unwrap();
    let hit = List::of(&second).number(2).revoking(client.der());
    let document = serde_json::json!({
        "anchors": one.pem() + &other.pem(),
        "intermediates": first.pem() + &second.pem(),
        "crls": List::of(&first).pem() + &hit.pem(),
    });
    let bundle = trusting(document.to_string());
    let judge = |chain: &[&[u8]]| word_of(judge(chain, &bundle, Revocation::WhenListed));
    assert_eq!(judge(&[client.der()]), HIT);
    assert_eq!(judge(&[client.der(), cross.der()]), HIT);
}

#[test]
fn client_cannot_keep_a_list_from_being_heard_by_leaving_its_signer_out() {
    let world = World::new();
    let (own, signer) = second_key(&world.pki.root, |_| {});
    let hit = List::named(world.pki.root.der(), &own).number(2).revoking(world.client.der());
    let lists = [world.list(), hit];
    assert_eq!(word_of(world.verify(&[world.client.der(), &signer], &lists)), HIT);
    assert_eq!(world.word(&lists), UNTOLD);
}

#[test]
fn anchors_of_one_issuer_sign_lists_for_each_other() {
    let root = Pki::new().root;
    let first = root.intermediate("Issuing", key(), valid()).unwrap();
    let second = root.intermediate("Issuing", key(), valid()).unwrap();
    let client = first.leaf("client", valid()).issue().unwrap();
    let with = |list: &List, root: &str| {
        let content = root.to_owned() + &first.pem() + &second.pem() + &list.pem();
        word_of(judge(&[client.der()], &trusting(content), Revocation::WhenListed))
    };
    let list = List::of(&second);
    assert_eq!(with(&list, &root.pem()), OK, "both lead to the root");
    assert_eq!(with(&list, ""), UNTOLD, "neither leads to the other, so neither clears");
    assert_eq!(with(&list.clone().revoking(client.der()), ""), HIT, "but each is heard");
    assert_eq!(with(&list.revoking(client.der()), &root.pem()), HIT);
}

#[test]
fn second_key_that_has_expired_or_been_revoked_does_not_count() {
    let world = World::new();
    let (own, signer) = second_key(&world.pki.root, |params| {
        params.not_after = NOW - time::Duration::days(1);
    });
    let list = List::named(world.pki.root.der(), &own);
    assert_eq!(verdicts_by_second_key(&world, &signer, &list)[0], UNTOLD);

    // A list by the old key about the signer alone.
    let url = "http://crl.example/signer".to_owned();
    let (own, signer) = second_key(&world.pki.root, |params| {
        params.crl_distribution_points =
            vec![rcgen::CrlDistributionPoint { uris: vec![url.clone()] }];
    });
    let list = List::named(world.pki.root.der(), &own);
    let about = world.list().at(&url);
    let chain = [world.client.der(), signer.as_slice()];
    assert_eq!(word_of(world.verify(&chain, &[list.clone(), about.clone()])), OK);
    assert_eq!(word_of(world.verify(&chain, &[list, about.revoking(&signer)])), UNTOLD);
}

#[test]
fn authority_that_rolled_its_key_over_signs_for_the_old_one_too() {
    let world = World::new();
    let usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    let (new_key, new_with_old) = second_key(&world.pki.root, |params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = usages;
    });
    let list = List::named(world.pki.root.der(), &new_key);
    assert_eq!(verdicts_by_second_key(&world, &new_with_old, &list), [OK; 3]);
    let hit = list.revoking(world.client.der());
    assert_eq!(verdicts_by_second_key(&world, &new_with_old, &hit), [HIT; 3]);
}

#[test]
fn list_of_the_old_key_revokes_though_the_new_key_has_a_newer_one() {
    let world = World::new();
    let (new_key, signer) = second_key(&world.pki.root, |_| {});
    let old = world.list().number(1).days(-3, 4).revoking(world.client.der());
    let new = List::named(world.pki.root.der(), &new_key).number(2);
    let chain = [world.client.der(), signer.as_slice()];
    assert_eq!(word_of(world.verify(&chain, &[old, new.clone()])), HIT);
    assert_eq!(word_of(world.verify(&chain, std::slice::from_ref(&new))), OK);
    // The new key's list may know nothing of what the old key issued: it does not stand in for one.
    assert_eq!(word_of(world.verify(&chain, &[world.list().days(-9, -2), new])), UNTOLD);
}

#[test]
fn authority_whose_key_usage_leaves_lists_out_signs_none() {
    let root = |usages: Vec<rcgen::KeyUsagePurpose>| {
        let own = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Usages");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = usages;
        let der = params.self_signed(&own).unwrap().der().to_vec();
        let list = List::named(&der, &own.serialize_pem());
        let issuer = rcgen::Issuer::new(params, own);
        let client = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new([]).unwrap().signed_by(&client, &issuer).unwrap();
        let bundle = trusting(pem(&der) + &list.pem());
        word_of(judge(&[leaf.der()], &bundle, Revocation::WhenListed))
    };
    use rcgen::KeyUsagePurpose::{CrlSign, KeyCertSign};
    assert_eq!(root(vec![KeyCertSign]), UNTOLD);
    assert_eq!(root(vec![KeyCertSign, CrlSign]), OK);
    assert_eq!(root(vec![]), OK);
}

// --- How much is demanded ------------------------------------------------------------------------

#[test]
fn setting_says_whose_issuer_has_to_have_lists() {
    use Revocation::{Off, RequireChain, RequireLeaf, WhenListed};
    let none: fn(&World) -> Vec<List> = |_| Vec::new();
    let leaf: fn(&World) -> Vec<List> = |world| vec![List::of(&world.pki.issuing)];
    let both: fn(&World) -> Vec<List> = |world| vec![List::of(&world.pki.issuing), world.list()];
    for (mode, lists, verdict) in [
        (WhenListed, none, OK),
        (RequireLeaf, none, UNTOLD),
        (RequireLeaf, leaf, OK),
        (RequireChain, leaf, UNTOLD),
        (RequireChain, both, OK),
        (Off, both, OK),
    ] {
        let world = World::new().with(mode);
        assert_eq!(world.word_below(&lists(&world)), verdict, "{mode}");
    }
}

#[test]
fn off_looks_at_no_list() {
    let world = World::new().with(Revocation::Off);
    assert_eq!(world.word(&[world.list().revoking(world.client.der())]), OK);
    assert_eq!(world.word(&[world.list().days(-9, -1)]), OK);
}

// --- Lists of no use -----------------------------------------------------------------------------

#[test]
fn list_of_no_use_stays_out_with_a_warning_and_leaves_its_issuer_without_a_usable_one() {
    let world = World::new();
    let unknown = der::oid::ObjectIdentifier::new_unwrap("1.2.3.4.5");
    let critical = || x509_cert::ext::Extension {
        extn_id: unknown,
        critical: true,
        extn_value: der::asn1::OctetString::new([5, 0]).unwrap(),
    };
    let list = || world.list().number(7).revoking(world.pki.issuing.der());
    let cases = [
        (list().scope(|point| point.indirect_crl = true), Limitation::Indirect),
        (
            list().scope(|point| point.only_contains_attribute_certs = true),
            Limitation::AttributeCertificates,
        ),
        (
            list().scope(|point| {
                point.only_contains_user_certs = true;
                point.only_contains_ca_certs = true;
            }),
            Limitation::Scope,
        ),
        (list().without_next_update(), Limitation::NoNextUpdate),
        (
            list().extension(unknown, true, vec![5, 0]),
            Limitation::CriticalExtension(unknown.to_string()),
        ),
        (
            list().entry(world.pki.leaf.der(), Some(critical())),
            Limitation::CriticalExtension(unknown.to_string()),
        ),
        (list().without_number().delta_since(1), Limitation::DeltaWithoutNumber),
        (list().version_1(), Limitation::Version),
        (
            list()
                .without_number()
                .version_1()
                .revoking_for(world.pki.leaf.der(), CrlReason::Superseded),
            Limitation::Version,
        ),
        (
            list().extension(unknown, false, vec![5, 0]).again(),
            Limitation::ExtensionTwice(unknown.to_string()),
        ),
        (list().under_another_algorithm(), Limitation::Signature),
    ];
    for (list, limitation) in cases {
        let lists = [list, world.list()];
        let warnings = world.bundle(&lists[..1]).warnings().to_vec();
        assert_eq!(warnings[0].reason, NoUse::List(limitation.clone()), "{limitation}");
        assert!(warnings[0].to_string().starts_with("entry 2 of bundle (byte"), "{}", warnings[0]);
        assert_eq!(world.word(&lists[..1]), UNTOLD, "{limitation}");
        assert_eq!(world.word(&lists), OK, "{limitation}");
    }
}

#[test]
fn certificate_that_a_list_of_no_use_names_is_not_cleared_by_another() {
    let world = World::new();
    let unknown = der::oid::ObjectIdentifier::new_unwrap("1.2.3.4.5");
    let naming = || world.list().number(7).revoking(world.client.der());
    assert_eq!(world.word(&[naming().without_next_update(), world.list()]), UNTOLD);
    assert_eq!(world.word(&[naming().extension(unknown, true, vec![5, 0]), world.list()]), UNTOLD);
    let indirect = naming().scope(|point| point.indirect_crl = true);
    assert_eq!(world.word(&[indirect, world.list()]), UNTOLD);
    let attributes = naming().scope(|point| point.only_contains_attribute_certs = true);
    assert_eq!(world.word(&[attributes, world.list()]), OK, "it means other numbers");
}

#[test]
fn list_of_version_1_counts() {
    let world = World::new();
    let list = || world.list().without_number().version_1();
    assert_eq!(world.word(&[list()]), OK);
    assert_eq!(world.word(&[list().revoking(world.client.der())]), HIT);
}

#[test]
fn extension_that_is_not_critical_is_no_hindrance() {
    let world = World::new();
    let unknown = der::oid::ObjectIdentifier::new_unwrap("1.2.3.4.5");
    assert_eq!(world.word(&[world.list().extension(unknown, false, vec![5, 0])]), OK);
}

#[test]
fn delta_list_of_another_key_lifts_no_hold() {
    let world = World::new();
    let (own, signer) = second_key(&world.pki.root, |_| {});
    let held = world.list().revoking_for(world.client.der(), CrlReason::CertificateHold);
    let lift = |list: List| {
        let delta = list.number(2).delta_since(1);
        let delta = delta.revoking_for(world.client.der(), CrlReason::RemoveFromCRL);
        word_of(world.verify(&[world.client.der(), &signer], &[held.clone(), delta]))
    };
    assert_eq!(lift(world.list()), OK);
    assert_eq!(lift(List::named(world.pki.root.der(), &own)), HIT);
}

#[test]
fn list_at_the_point_of_the_issuers_own_name_answers_for_all_its_certificates() {
    let world = World::new();
    let point = |name: &str| {
        let name = x509_cert::name::Name::from_str(name).unwrap();
        let name = DistributionPointName::FullName(vec![GeneralName::DirectoryName(name)]);
        world.list().scope(|point| point.distribution_point = Some(name))
    };
    assert_eq!(world.word(&[point("CN=Test Root")]), OK);
    assert_eq!(world.word(&[point("CN=Test Root").revoking(world.client.der())]), HIT);
    assert_eq!(world.word(&[point("CN=Elsewhere")]), UNTOLD);
}

// --- Anchors that somebody else has issued ------------------------------------------------------------

#[test]
fn anchor_that_a_list_of_its_issuer_names_is_not_trusted() {
    let world = World::new();
    let with = |list: &List| {
        let content = world.pki.root.pem() + &world.pki.issuing.pem() + &list.pem();
        word_of(judge(&[world.pki.leaf.der()], &trusting(content), world.mode))
    };
    assert_eq!(with(&world.list()), OK);
    assert_eq!(with(&world.list().revoking(world.pki.issuing.der())), HIT);
    assert_eq!(with(&world.list().days(-9, -1)), OK, "it need not be cleared");
    let forged = List::named(world.pki.root.der(), &key().pem());
    assert_eq!(with(&forged), OK, "nobody's list");
    assert_eq!(with(&forged.revoking(world.pki.issuing.der())), UNTOLD, "but it names it");
}

#[test]
fn anchor_of_its_issuers_name_is_not_trusted_once_the_issuer_names_it() {
    let world = World::new();
    let (own, renewed) = second_key(&world.pki.root, |params| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    });
    let mut name = rcgen::CertificateParams::new([]).unwrap();
    name.distinguished_name = rcgen::DistinguishedName::new();
    name.distinguished_name.push(rcgen::DnType::CommonName, world.pki.root.name());
    let issuer = rcgen::Issuer::new(name, rcgen::KeyPair::from_pem(&own).unwrap());
    let client = rcgen::CertificateParams::new([]).unwrap();
    let client = client.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap();
    let with = |list: List| {
        let content = world.pki.root.pem() + &pem(&renewed) + &list.pem();
        word_of(judge(&[client.der()], &trusting(content), world.mode))
    };
    assert_eq!(with(world.list()), OK);
    assert_eq!(with(world.list().revoking(&renewed)), HIT);
}

// --- Pins ----------------------------------------------------------------------------------------

#[test]
fn pinned_certificate_can_be_revoked_by_its_issuer() {
    let world = World::new();
    let pinned = |list: &List| {
        let content = world.pki.root.pem() + &world.client.pem() + &list.pem();
        word_of(judge(&[world.client.der()], &trusting(content), world.mode))
    };
    assert_eq!(pinned(&world.list()), OK);
    assert_eq!(pinned(&world.list().revoking(world.client.der())), HIT);
    assert_eq!(pinned(&List::named(world.pki.root.der(), &key().pem())), UNTOLD);
}

#[test]
fn pinned_certificate_whose_issuer_is_not_in_the_bundle_cannot_be_cleared_by_its_list() {
    let world = World::new();
    let alone = |lists: &str| {
        let bundle = trusting(world.client.pem() + lists);
        word_of(judge(&[world.client.der()], &bundle, world.mode))
    };
    assert_eq!(alone(""), OK);
    assert_eq!(alone(&world.list().pem()), UNTOLD);
}

/// A CA certificate that is a client's too, signed by `issuer` or by itself, and its key.
fn authority_and_client(issuer: Option<&Authority>) -> (Vec<u8>, String) {
    use rcgen::KeyUsagePurpose::{CrlSign, DigitalSignature};
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "own");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![DigitalSignature, CrlSign];
    let signed = match issuer {
        None => params.self_signed(&own),
        Some(issuer) => {
            let key = rcgen::KeyPair::from_pem(&issuer.key().pem()).unwrap();
            let mut above = rcgen::CertificateParams::new([]).unwrap();
            above.distinguished_name = rcgen::DistinguishedName::new();
            above.distinguished_name.push(rcgen::DnType::CommonName, issuer.name());
            params.signed_by(&own, &rcgen::Issuer::new(above, key))
        }
    };
    (signed.unwrap().der().to_vec(), own.serialize_pem())
}

#[test]
fn pinned_certificate_signs_lists_about_itself_only_where_it_is_its_own_issuer() {
    let pinned = |own: &[u8], list: &List| {
        let bundle = trusting(pem(own) + &list.pem());
        word_of(judge(&[own], &bundle, Revocation::WhenListed))
    };
    let (own, key) = authority_and_client(None);
    let list = List::named(&own, &key);
    assert_eq!(pinned(&own, &list), OK);
    assert_eq!(pinned(&own, &list.revoking(&own)), HIT);

    let root = Pki::new().root;
    let (issued, key) = authority_and_client(Some(&root));
    assert_eq!(pinned(&issued, &List::named(root.der(), &key)), UNTOLD);
}

#[test]
fn order_of_the_header_does_not_choose_the_reason() {
    let world = World::new();
    let issuer_key = key().pem();
    let issuing = |validity| {
        let key = alb_mtls::pki::Key::from_pem(&issuer_key).unwrap();
        world.pki.root.intermediate("Twice", key, validity).unwrap()
    };
    let (new, old) = (issuing(valid()), issuing(support::expired()));
    let client = new.leaf("client", valid()).issue().unwrap();
    let list = [List::of(&new).revoking(client.der())];
    for others in [[new.der(), old.der()], [old.der(), new.der()]] {
        assert_eq!(word_of(world.verify(&[client.der(), others[0], others[1]], &list)), HIT);
        assert_eq!(word_of(world.verify(&[client.der(), others[0], others[1]], &[])), OK);
    }
}

// --- Order ---------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_of_lists_never_changes_a_verdict_or_its_reason(
        chosen in proptest::sample::subsequence((0..12).collect::<Vec<usize>>(), 0..=6)
            .prop_shuffle(),
    ) {
        let world = World::new();
        let naming = |list: List| list.revoking_for(world.client.der(), CrlReason::CertificateHold);
        let all = [
            world.list(),
            world.list().number(2).days(-2, 5),
            naming(world.list().number(3).days(-3, 9)),
            naming(world.list().number(1).days(-5, 2)),
            world.list().number(4).delta_since(1),
            world.list().number(5).delta_since(1)
                .revoking_for(world.client.der(), CrlReason::RemoveFromCRL),
            naming(world.list().number(6).delta_since(2)),
            world.list().scope(|point| point.only_contains_user_certs = true),
            naming(world.list().number(2).scope(|point| point.only_contains_user_certs = true)),
            world.list().scope(|point| point.only_some_reasons = Some(Reasons::KeyCompromise.into())),
            List::named(world.pki.root.der(), &key().pem()),
            world.list().number(9).days(2, 9),
        ];
        let lists: Vec<List> = chosen.iter().map(|index| all[*index].clone()).collect();
        let mut sorted = chosen.clone();
        sorted.sort_unstable();
        let sorted: Vec<List> = sorted.iter().map(|index| all[*index].clone()).collect();
        let told = |lists: &[List]| {
            let verdict = world.verify(&[world.client.der()], lists);
            verdict.map(|client| client.valid_until()).map_err(|reason| reason.to_string())
        };
        prop_assert_eq!(told(&lists), told(&sorted));
    }
}

#[test]
fn client_with_the_issuer_of_many_lists_is_accepted_at_its_first_request() {
    let world = World::new();
    // The bundle has not the issuer, so nobody could verify them before.
    let lists: Vec<_> = (1..=310).map(|n| List::of(&world.pki.issuing).number(n)).collect();
    assert_eq!(world.word_below(&lists), OK);
}
