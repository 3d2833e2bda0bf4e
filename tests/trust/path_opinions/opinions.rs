//! The four opinions.

use std::time::SystemTime;

use alb_mtls::pki;
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{
        self, Revocation,
        bundle::{Source, TrustBundle},
    },
};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{
    classes::Voice,
    judgement::Verdicts,
    others::{Opinion, Presented, jdk_trust_manager, openssl_verify},
    support::NOW,
};

/// Asks all about all cases.
pub(crate) async fn ask(cases: &[Presented]) -> Vec<Verdicts> {
    let (openssl, jdk) =
        tokio::join!(openssl_verify(cases, NOW.into()), jdk_trust_manager(cases, NOW.into()));
    let others = openssl.into_iter().zip(jdk);
    cases
        .iter()
        .zip(others)
        .map(|(case, (openssl, jdk))| Verdicts {
            ours: our_verdict(case),
            others: [
                (Voice::OpenSsl, openssl),
                (Voice::Jdk, jdk),
                (Voice::Webpki, webpki_verdict(case)),
            ],
        })
        .collect()
}

fn our_verdict(case: &Presented) -> Opinion {
    let pem = |certificates: &[Vec<u8>]| {
        pki::chain_pem(certificates.iter().map(Vec::as_slice)).into_bytes()
    };
    let bundle = Source { name: "bundle".to_owned(), content: pem(&case.anchors) };
    let bundle = TrustBundle::read(&[bundle], NOW.into()).map_err(|error| error.to_string())?;
    let chain = PresentedChain::from_pem(&pem(&case.header)).map_err(|error| error.to_string())?;
    trust::verify(&chain, &bundle, Revocation::Off, NOW.into())
        .map(drop)
        .map_err(|error| error.to_string())
}

fn webpki_verdict(case: &Presented) -> Opinion {
    let certificates = |ders: &[Vec<u8>]| -> Vec<CertificateDer<'static>> {
        ders.iter().cloned().map(CertificateDer::from).collect()
    };
    let (header, anchors) = (certificates(&case.header), certificates(&case.anchors));
    let now = SystemTime::from(NOW).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let verdict = || {
        let anchors: Vec<_> =
            anchors.iter().map(anchor_from_trusted_cert).collect::<Result<_, _>>()?;
        EndEntityCert::try_from(&header[0])?
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &anchors,
                &header[1..],
                UnixTime::since_unix_epoch(now),
                KeyUsage::client_auth(),
                None,
                None,
            )
            .map(drop)
    };
    verdict().map_err(|error: webpki::Error| error.to_string())
}
