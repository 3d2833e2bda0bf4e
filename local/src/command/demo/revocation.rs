//! A client that its CA revokes, and what comes of it without anybody's hands: CA's web server, CRL fetcher, bucket,
//! function.
//!
//! Time passes between the stories, on the clock of fetcher and function alone.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use alb_mtls::{
    alb::{Listener, Spelling},
    pki::{
        Leaf, PkiError,
        rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber},
    },
    s3::Bucket,
    wso2::Mode,
};
use alb_mtls_adapter::{
    secrets::store::Clock,
    trust::bundle::{Source, TrustBundle},
};
use crl_fetcher::{Refresh, crl_url::CrlUrl, download::Downloader, shelf::Directory};
use tempfile::TempDir;
use time::Duration as Days;

use super::{
    cast::{Cast, Client},
    house::{BUNDLE, House, free_port},
    story::{Played, Story},
};
use crate::command::error::CommandError;

/// Of the certificate that is revoked.
const SERIAL: u64 = 0x00C0_FFEE;
/// What passes, by default, until a revocation is known everywhere: `CrlRefreshMinutes`, and then
/// `TRUST_REFRESH_SECONDS`.
const UNTIL_KNOWN: Duration = Duration::from_secs(65 * 60);
/// The name of the CA's CRL, on its web server.
const CRL: &str = "demo-root.crl";

/// Plays a client before its revocation and after it, and another one of the same CA.
pub(super) async fn play(cast: &Cast) -> Result<Vec<Played>, CommandError> {
    let world = World::new(cast).await?;
    world.publish(1, &[])?;
    let first = world.fetch().await?;
    let mut door = Door::open(&world).await?;
    let leaf = cast.family.root.leaf("client-revoked", cast.valid());
    let leaf = leaf.adjust(|params| params.serial_number = Some(SERIAL.into())).issue()?;
    let before = "before its CA revokes it";
    let mut played = vec![door.play(Story::accepted(before, client(&leaf))).await?];

    world.publish(2, &[SERIAL.into()])?;
    world.pass(UNTIL_KNOWN);
    let second = world.fetch().await?;
    for story in [
        Story::refused("revoked by its CA 65 minutes ago", client(&leaf), 403, "ClientCertCrlHit"),
        Story::accepted("another client of the same CA", cast.client()?),
    ] {
        played.push(door.play(story).await?);
    }
    for played in &mut played {
        played.log.extend([&first, &second].into_iter().flatten().cloned());
    }
    Ok(played)
}

fn client(leaf: &Leaf) -> Client {
    Client::new(leaf, &[])
}

/// A CA with a web server, and a bucket for the fetcher and the function.
struct World<'a> {
    cast: &'a Cast,
    passed: Arc<AtomicU64>,
    /// As AWS Private CA does it, the CA publishes in a bucket that everybody may read.
    published: TempDir,
    web: Bucket,
    fetched: TempDir,
    bucket: Bucket,
}

impl<'a> World<'a> {
    async fn new(cast: &'a Cast) -> Result<Self, CommandError> {
        let (published, fetched) = (folder()?, folder()?);
        let web = served("CA's web server", published.path()).await?;
        let bucket = served("S3", fetched.path()).await?;
        Ok(Self { cast, passed: Arc::default(), published, web, fetched, bucket })
    }

    fn clock(&self) -> Clock {
        let (begin, passed) = (SystemTime::from(self.cast.now), Arc::clone(&self.passed));
        Arc::new(move || begin + Duration::from_secs(passed.load(Ordering::SeqCst)))
    }

    fn pass(&self, time: Duration) {
        self.passed.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// The CA signs a CRL, and publishes it.
    fn publish(&self, number: u64, revoked: &[SerialNumber]) -> Result<(), CommandError> {
        let path = self.published.path().join(CRL);
        fs::write(path, self.crl(number, revoked)?)?;
        Ok(())
    }

    fn crl(&self, number: u64, revoked: &[SerialNumber]) -> Result<Vec<u8>, PkiError> {
        let this_update = (self.clock())().into();
        let revoked = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: serial.clone(),
            revocation_time: this_update,
            reason_code: None,
            invalidity_date: None,
        });
        self.cast.family.root.revocation_list(CertificateRevocationListParams {
            this_update,
            next_update: this_update + Days::days(1),
            crl_number: number.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        })
    }

    /// The CRL fetcher runs, as on its schedule. What it could not refresh is told.
    async fn fetch(&self) -> Result<Option<String>, CommandError> {
        let now = (self.clock())();
        let content = self.cast.family.root.pem().into_bytes();
        let bundle = TrustBundle::read(&[Source { name: BUNDLE.to_owned(), content }], now)?;
        // The same place, as HTTP has it.
        let folder = self.web.location().replace("s3:/", &self.web.url());
        let url: CrlUrl = format!("{folder}{CRL}").parse().map_err(CommandError::own)?;
        let refresh = Refresh {
            urls: &[url],
            bundle: Arc::new(bundle),
            downloader: Downloader::direct().map_err(CommandError::own)?,
            shelf: &Directory::new(self.fetched.path()).map_err(CommandError::own)?,
            now,
            until: Instant::now() + Duration::from_secs(10),
        };
        let report = Box::pin(refresh.run()).await.map_err(CommandError::own)?;
        Ok((!report.is_current()).then(|| report.to_string()))
    }
}

/// The load balancer before a function that reads the bucket.
struct Door {
    house: House,
    listener: Listener,
}

impl Door {
    async fn open(world: &World<'_>) -> Result<Self, CommandError> {
        let house = House::open(world.cast, Mode::Enc41).await?;
        let (gateway, location) = (house.gateway(), world.bucket.location());
        let variables = [
            ("GATEWAY_URL", gateway.as_str()),
            ("TRUST_BUNDLE_SECRETS", BUNDLE),
            ("TRUST_CRLS", &location),
        ];
        let aws = world.bucket.beside(&house.aws());
        let function = house.function(&variables, &aws, world.clock()).await?;
        let listener = house.listen(function, Spelling::Raw).await?;
        Ok(Self { house, listener })
    }

    async fn play(&mut self, story: Story) -> Result<Played, CommandError> {
        self.house.play(story, self.listener.address()).await
    }
}

fn folder() -> Result<TempDir, CommandError> {
    Ok(tempfile::Builder::new().prefix("alb-mtls-").tempdir()?)
}

async fn served(what: &'static str, folder: &Path) -> Result<Bucket, CommandError> {
    let bucket = Bucket::start(free_port(), folder.to_owned()).await;
    bucket.map_err(|source| CommandError::StandIn { what, source })
}
