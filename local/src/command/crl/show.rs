//! `alb-mtls crl show`: which CRLs there are, how long they last, and what is wrong with them?

use std::{path::PathBuf, time::SystemTime};

use alb_mtls_adapter::trust::bundle::TrustBundle;
use crl_fetcher::shelf::Bucket;

use super::{
    listed::Listing,
    place::{self, Place},
    table,
};
use crate::command::{
    crls::CrlFolder, error::CommandError, format::Format, outcome::Outcome, terminal::Terminal,
    time, trust,
};

/// List the CRLs of a folder or a bucket, how long each lasts, and what is wrong with it
///
/// It is read as crl-fetcher and alb-mtls crl fetch write it: manifest.json, and a file <SHA-256>.crl for each CRL that
/// it names. Credentials for a bucket are found as alb-mtls crl fetch --help says.
///
/// Something is wrong with a CRL if it is past its nextUpdate or not valid yet, has content that is not supported, or
/// depends on a CRL that is missing. It is also wrong if a newer one takes its place, or if the newer of two cannot be
/// told.
///
/// With --bundle it is wrong, too, if no certificate of that bundle signed it. Without, all CRLs of one issuer are taken
/// to be signed by the same key. CRLs that are in the bundle itself are not compared with these;
/// alb-mtls bundle FILE --crls DIR does that.
///
/// Exits with 0 if all is well, with 1 if something is wrong with a CRL, and with 2 if they cannot be read as
/// the function would read them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// Where they are: a folder, or what TRUST_CRLS says, s3://BUCKET/PREFIX/
    #[arg(value_name = "DIR|S3")]
    place: Place,

    /// The trust bundle whose CAs have to have signed the CRLs: PEM files or JSON documents, which add up
    #[arg(long, value_name = "FILE")]
    bundle: Vec<PathBuf>,

    /// The time to judge by, such as 2026-06-01T12:00:00Z; now, if left out
    #[arg(long, value_name = "RFC3339", value_parser = time::instant)]
    at: Option<SystemTime>,

    /// How to answer
    #[arg(long, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls crl show crls
  alb-mtls crl show s3://our-crls/clients/
  alb-mtls crl show crls --bundle roots.pem --at 2027-01-01T00:00:00Z
  alb-mtls crl show crls --format json | jq '.crls[] | select(.hours_left < 24)'";

impl Show {
    pub(super) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let now = self.at.unwrap_or_else(SystemTime::now);
        let folder = match &self.place {
            Place::Directory(path) => CrlFolder::read(path)?,
            Place::Bucket(location) => {
                let config = place::aws().await.map_err(CommandError::own)?;
                CrlFolder::of(&Bucket::new(&config, location.clone()), location).await?
            }
        };
        let bundle = match self.bundle.as_slice() {
            [] => None,
            files => {
                let sources = trust::sources(files)?;
                Some(TrustBundle::read_with(&sources, Some(&folder.set()), now)?)
            }
        };
        let listing = Listing::new(&folder, bundle.as_ref(), now);
        match self.format {
            Format::Text => table::write(&listing, terminal.out)?,
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(&listing)?)?,
        }
        Ok(listing.outcome())
    }
}
