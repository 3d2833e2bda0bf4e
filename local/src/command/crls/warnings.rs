//! What is to be said of a CRL, beside others of its issuer.

use std::time::SystemTime;

use alb_mtls_adapter::trust::revocation::RevocationList;

/// What keeps a CRL from clearing anybody, or will, beyond what is wrong with it alone. `all` are the CRLs that are
/// listed with it, each under its number there; it may be one of them.
pub(crate) fn warnings(
    list: &RevocationList,
    all: &[(usize, &RevocationList)],
    now: SystemTime,
) -> Vec<String> {
    let useful = || all.iter().filter(|(_, other)| other.limitation().is_none());
    let mut warnings = Vec::new();
    if list.this_update() > now {
        warnings.push("it is not valid yet".to_owned());
    }
    // What is wrong with its content has been said, and no other list mends it.
    if list.limitation().is_some() {
        return warnings;
    }
    if let Some((number, _)) = useful().find(|(_, other)| list.is_superseded_by(other)) {
        warnings.push(format!("it is superseded by {number}, a newer one of the same scope"));
    }
    if let Some((number, _)) = useful().find(|(_, other)| list.contradicts(other)) {
        warnings.push(format!(
            "which of it and {number} is the newer cannot be told by number and date"
        ));
    }
    if let Some(base) = list.base()
        && useful().all(|(_, other)| !list.is_based_on(other))
    {
        warnings.push(format!(
            "its base is missing, a complete CRL with the number {base} or a later one: it revokes, and clears nobody"
        ));
    }
    if !list.is_delta() && list.leaves_reasons_open(useful().map(|(_, other)| *other)) {
        warnings.push(
            "it is about some reasons alone, and no CRL of this issuer about the others: it clears nobody"
                .to_owned(),
        );
    }
    warnings
}

/// That no certificate of a bundle signed it. Only a list that has been in a bundle may be asked.
pub(crate) fn unsigned(list: &RevocationList) -> Option<String> {
    (!list.is_proven()).then(|| {
        "no certificate of this bundle signed it: it counts only with a signer that the client sends"
            .to_owned()
    })
}
