//! `alb-mtls crl show`: which CRLs there are, how long they last, and what is wrong with them?

use std::{path::PathBuf, time::SystemTime};

use alb_mtls_adapter::trust::bundle::TrustBundle;

use super::{listed::Listing, table};
use crate::command::{
    crls::CrlFolder, error::CommandError, format::Format, outcome::Outcome, terminal::Terminal,
    time, trust,
};

/// List the CRLs of a folder, how long each lasts, and what is wrong with it
///
/// The folder is what crl-fetcher writes: manifest.json, and a file <SHA-256>.crl for each CRL that it names. To
/// look at a bucket, copy it to a folder first: aws s3 cp --recursive s3://BUCKET/PREFIX/ DIR
///
/// Something is wrong with a CRL if it is past its nextUpdate or not valid yet, has content that is not supported, or
/// depends on a CRL that is missing. It is also wrong if a newer one takes its place, or if the newer of two cannot be
/// told.
///
/// With --bundle it is wrong, too, if no certificate of that bundle signed it. Without, all CRLs of one issuer are taken
/// to be signed by the same key. CRLs that are in the bundle itself are not compared with those of the folder;
/// alb-mtls bundle FILE --crls DIR does that.
///
/// Exits with 0 if all is well, with 1 if something is wrong with a CRL, and with 2 if the folder cannot be read as
/// the function would read it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// The folder
    #[arg(value_name = "DIR")]
    directory: PathBuf,

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
  alb-mtls crl show crls --bundle roots.pem --at 2027-01-01T00:00:00Z
  alb-mtls crl show crls --format json | jq '.crls[] | select(.hours_left < 24)'";

impl Show {
    pub(super) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let now = self.at.unwrap_or_else(SystemTime::now);
        let folder = CrlFolder::read(&self.directory)?;
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
