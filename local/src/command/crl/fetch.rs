//! `alb-mtls crl fetch`: one refresh, as the function crl-fetcher makes it.

mod fetched;
mod table;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use alb_mtls_adapter::trust::bundle::TrustBundle;
use crl_fetcher::{
    Refresh,
    crl_url::CrlUrl,
    download::Downloader,
    report::Report,
    settings,
    shelf::{Bucket, Directory, Shelf},
};

use self::fetched::Fetched;
use super::place::{self, Place};
use crate::command::{
    error::CommandError, format::Format, outcome::Outcome, terminal::Terminal, trust,
};

/// How long the downloads may take together.
const MOST_TIME: Duration = Duration::from_secs(5 * 60);
/// How long a person is left without a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// Fetch CRLs from where CAs publish them, and put those that are good where the function reads them
///
/// Does once what the Lambda function crl-fetcher does on its schedule, with the same code: for a machine that reaches
/// a CA which Lambda does not reach. Run it by cron, at least as often as the CA publishes.
///
/// A CRL is put if a CA of the bundle signed it, if it is within its dates, and if it is not older than the one before.
/// Otherwise the one before stays. A URL that is no longer named takes its CRL along, so name all of them in each run.
/// The manifest is written last: whoever reads sees one set of CRLs or the next.
///
/// Proxies are asked where HTTPS_PROXY, HTTP_PROXY and NO_PROXY say so.
///
/// Credentials and Region for s3:// are those of AWS's SDKs: AWS_ACCESS_KEY_ID and AWS_REGION, AWS_PROFILE, or the role
/// of the machine. Of a login with IAM Identity Center (SSO), they are exported before:
/// eval "$(aws configure export-credentials --format env)"
///
/// Exits with 0 if every URL's newest CRL is there, with 1 if a URL failed, whether its CRL before is still good (kept)
/// or there is none within its dates (failed), and with 2 if nothing could be tried or put.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Fetch {
    /// Where a CA publishes a CRL, with http or https; several add up
    #[arg(long, value_name = "URL", required = true)]
    url: Vec<String>,

    /// The trust bundle whose CAs have to have signed the CRLs: PEM files or JSON documents, which add up
    #[arg(long, value_name = "FILE", required = true)]
    bundle: Vec<PathBuf>,

    /// Where the CRLs are put: a folder, which is made, or what TRUST_CRLS says, s3://BUCKET/PREFIX/
    #[arg(long, value_name = "DIR|S3")]
    out: Place,

    /// How to answer
    #[arg(long, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls crl fetch --url http://pki.example.com/ca.crl --bundle roots.pem --out crls
      and then: alb-mtls check client.pem --bundle roots.pem --crls crls
  alb-mtls crl fetch --url http://pki.example.com/ca.crl --bundle roots.pem --out s3://our-crls/clients/
      for a function with TRUST_CRLS=s3://our-crls/clients/
  alb-mtls crl fetch … --format json | jq '.crls[] | select(.reason)'";

impl Fetch {
    pub(super) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let now = SystemTime::now();
        let urls = settings::urls(&self.url.join(" ")).map_err(FetchError::Urls)?;
        let bundle = Arc::new(TrustBundle::read(&trust::sources(&self.bundle)?, now)?);
        let report = match &self.out {
            Place::Directory(path) => {
                let shelf = Directory::new(path).map_err(CommandError::own)?;
                refreshed(&urls, bundle, &shelf, now, terminal).await?
            }
            Place::Bucket(location) => {
                let config = place::aws().await.map_err(CommandError::own)?;
                let shelf = Bucket::new(&config, location.clone());
                refreshed(&urls, bundle, &shelf, now, terminal).await?
            }
        };
        let fetched = Fetched::new(&report, now);
        match self.format {
            Format::Text => table::write(&fetched, &self.out, terminal.out)?,
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(&fetched)?)?,
        }
        Ok(if report.is_current() { Outcome::Yes } else { Outcome::No })
    }
}

/// Makes the refresh, and says what it waits for where it takes longer.
async fn refreshed(
    urls: &[CrlUrl],
    bundle: Arc<TrustBundle>,
    shelf: &impl Shelf,
    now: SystemTime,
    terminal: &mut Terminal<'_>,
) -> Result<Report, CommandError> {
    let downloader = Downloader::new().map_err(CommandError::own)?;
    let until = Instant::now() + MOST_TIME;
    let refresh = Refresh { urls, bundle, downloader, shelf, now, until };
    let mut run = Box::pin(refresh.run());
    let report = match tokio::time::timeout(PATIENCE, &mut run).await {
        Ok(report) => report,
        Err(_) => {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(terminal.err, "fetching from {} URLs …", urls.len());
            run.await
        }
    };
    report.map_err(CommandError::own)
}

/// Why nothing is fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("--url: {0}")]
    Urls(String),
}

impl From<FetchError> for CommandError {
    fn from(error: FetchError) -> Self {
        Self::own(error)
    }
}
