//! The stories, in the order in which they are told.

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{KeyKind, Leaf, PkiError, rcgen::ExtendedKeyUsagePurpose},
};

use super::{
    cast::{Cast, Client},
    story::{Front, Story},
};

pub(super) fn all(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    let mut stories = the_bug(cast)?;
    stories.extend(good_chains(cast)?);
    stories.extend(bad_certificates(cast)?);
    stories.extend(forgeries(cast)?);
    stories.extend(outages(cast)?);
    Ok(stories)
}

fn the_bug(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    let client = cast.client()?;
    Ok(vec![
        Story::misread("the bug: without the function", client.clone()).through(Front::Bare),
        Story::accepted("the same request, with the function", client.clone()),
        Story::accepted("the same, with + / = escaped too", client).through(Front::Escaped),
    ])
}

fn good_chains(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    let family = &cast.family;
    let (root, issuing, regional) = (&family.root, &family.issuing, &cast.regional);
    let leaf = |name, key| issuing.leaf(name, cast.valid()).key(key).issue();
    let deep = regional.leaf("client-deep", cast.valid()).issue()?;
    let p384 = leaf("client-p384", KeyKind::P384.generate()?)?;
    let ed25519 = leaf("client-ed25519", KeyKind::Ed25519.generate()?)?;
    let rsa_2048 = leaf("client-rsa-2048", cast.rsa_2048.clone())?;
    let rsa_4096 = leaf("client-rsa-4096", cast.rsa_4096.clone())?;
    Ok(vec![
        Story::accepted("RSA-2048, with an intermediate", Client::new(&rsa_2048, &[issuing])),
        Story::accepted(
            "RSA-4096, with intermediate and root",
            Client::new(&rsa_4096, &[issuing, root]),
        ),
        Story::accepted("P-384, with an intermediate", Client::new(&p384, &[issuing])),
        Story::accepted("Ed25519, with an intermediate", Client::new(&ed25519, &[issuing])),
        Story::accepted(
            "two intermediates, out of order",
            Client::new(&deep, &[issuing, regional]),
        ),
        Story::refused(
            "an intermediate left out",
            Client::new(&deep, &[issuing]),
            403,
            "ClientCertUntrusted",
        ),
    ])
}

fn bad_certificates(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    let root = &cast.family.root;
    let alone = |leaf: Leaf| Client::new(&leaf, &[]);
    let expired = root.leaf("client-expired", cast.expired()).issue()?;
    let early = root.leaf("client-early", cast.not_yet_valid()).issue()?;
    let server = root
        .leaf("server-only", cast.valid())
        .extended_key_usages([ExtendedKeyUsagePurpose::ServerAuth])
        .issue()?;
    let strange = cast.stranger.leaf("client-1", cast.valid()).issue()?;
    let borrowed = cast.impostor.leaf("client-1", cast.valid()).issue()?;
    Ok(vec![
        Story::refused("expired", alone(expired), 403, "ClientCertExpired"),
        Story::refused("not yet valid", alone(early), 403, "ClientCertNotYetValid"),
        Story::refused("issued for servers only", alone(server), 403, "ClientCertPurposeInvalid"),
        Story::refused(
            "issued by a stranger",
            Client::new(&strange, &[&cast.stranger]),
            403,
            "ClientCertUntrusted",
        ),
        Story::refused(
            "issued by a namesake of the root",
            Client::new(&borrowed, &[&cast.impostor]),
            403,
            "ClientCertUntrusted",
        ),
    ])
}

/// Certificates are public: anybody can send somebody else's in a header.
fn forgeries(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    let victim = cast.family.root.leaf("victim", cast.valid()).issue()?;
    let forged = certificate_header([victim.der()], Spelling::Escaped);
    Ok(vec![
        Story::accepted("a forged header in other spellings", cast.client()?)
            .header("X_Amzn_Mtls_Clientcert", &forged)
            .header("X-WSO2-Client-Certificate", &forged)
            .header("Client-Cert", &forged),
        Story::refused(
            "a forged header beside the real one",
            cast.client()?,
            400,
            "ClientCertInvalid",
        )
        .header("X-Amzn-Mtls-Clientcert", &forged),
        Story::refused("no certificate", None, 401, "ClientCertMissing"),
    ])
}

fn outages(cast: &Cast) -> Result<Vec<Story>, PkiError> {
    Ok(vec![
        Story::refused("the gateway is down", cast.client()?, 502, "GatewayUnreachable")
            .through(Front::GatewayDown),
        Story::refused(
            "the trust bundle is missing",
            cast.client()?,
            503,
            "TrustBundleUnavailable",
        )
        .through(Front::NoBundle),
    ])
}
