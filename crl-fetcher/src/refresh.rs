//! One refresh: every URL once, and the set that comes of it.

use std::{
    panic::resume_unwind,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use alb_mtls_adapter::trust::{
    bundle::TrustBundle,
    crls::manifest::{Listed, Manifest},
};
use futures_util::{StreamExt, stream};
use tokio::task::spawn_blocking;

use crate::{
    content::Crl,
    crl_url::CrlUrl,
    download::{Answer, Downloader, Validators},
    instant::{self, rfc3339},
    judgement::{Refusal, judge, replaces},
    report::{Outcome, Reason, Report, Told},
    shelf::{Shelf, ShelfError, Standing, Stored},
};

/// How many URLs are fetched at a time: each may take 64 MiB, and as much again when it is read.
const AT_A_TIME: usize = 4;
/// How often a set is made anew where somebody else was quicker.
const TRIES: usize = 3;
/// How old a manifest may get of which only the times of fetching would change, and how long a file stays that neither
/// this manifest names nor the one before.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is fetched, by whom it has to be signed, and where it is put.
#[derive(Debug)]
pub struct Refresh<'a, S> {
    /// Where CRLs are published. What stands of another URL leaves the set.
    pub urls: &'a [CrlUrl],
    /// Whose CRLs are put.
    pub bundle: Arc<TrustBundle>,
    /// Fetches them.
    pub downloader: Downloader,
    /// Where they are put.
    pub shelf: &'a S,
    /// By when they are judged.
    pub now: SystemTime,
    /// When all has to be fetched.
    pub until: Instant,
}

impl<S: Shelf> Refresh<'_, S> {
    /// Fetches every URL, and puts what is new. A URL that fails keeps its CRL, and keeps no other from being put.
    /// Where nothing stands afterwards, no manifest is put.
    ///
    /// A file that nobody names any more goes after a day; that it cannot be removed is logged.
    ///
    /// # Errors
    ///
    /// [`ShelfError`], where what stands cannot be read or no manifest can be put: then the set before stays.
    pub async fn run(&self) -> Result<Report, ShelfError> {
        let mut tries = 1;
        loop {
            match self.once().await {
                // What was fetched is asked for conditionally, and judged beside what stands now.
                Err(ShelfError::Overtaken { .. }) if tries < TRIES => tries += 1,
                ended => return ended,
            }
        }
    }

    async fn once(&self) -> Result<Report, ShelfError> {
        let standing = self.shelf.standing().await?;
        let stored = self.shelf.stored().await?;
        let each = self.urls.iter().map(|url| self.one(url, &standing, &stored));
        let each: Vec<_> = each.collect();
        let crls: Vec<Told> = stream::iter(each).buffered(AT_A_TIME).collect().await;
        let set = set(&crls, standing.as_ref().map(|standing| &standing.manifest));
        let mut report = Report { crls, published: false };
        if set.is_empty() {
            return Ok(report);
        }
        let (old, version) = match &standing {
            Some(standing) => (Some(&standing.manifest), Some(standing.version.as_str())),
            None => (None, None),
        };
        if old.is_none_or(|old| self.is_worth_it(old, &set)) {
            let manifest = Manifest::new(rfc3339(self.now), set.clone());
            let manifest = manifest.map_err(|fault| {
                let place = "what would be put".to_owned();
                ShelfError::Manifest { place, fault }
            })?;
            self.shelf.publish(&manifest, version).await?;
            report.published = true;
        }
        let named = set.iter().chain(old.into_iter().flat_map(|old| &old.crls));
        self.clear(&stored, &named.map(Listed::file).collect::<Vec<_>>()).await;
        Ok(report)
    }

    /// What becomes of one URL.
    ///
    /// What stood of it is named in any case until there is another, be its file gone: that is an error to who reads the
    /// set, while a CRL that is not named is one that nobody asks for.
    async fn one(&self, url: &CrlUrl, standing: &Option<Standing>, stored: &[Stored]) -> Told {
        let before = before(url, standing);
        let usable = before.as_ref().filter(|before| is_there(before, stored));
        let is_usable = usable.is_some();
        let (outcome, crl) = match self.found(url, usable, standing).await {
            Ok((outcome, crl)) => (Ok(outcome), Some(crl)),
            Err(reason) => (Err(reason), before),
        };
        let over = crl.as_ref().and_then(|crl| {
            let next_update = crl.next_update.clone();
            let is_over = instant::read(&next_update).is_none_or(|next| next < self.now);
            is_over.then_some(Refusal::OutOfDate { next_update })
        });
        let outcome = match (outcome, over) {
            (Ok(outcome), None) => outcome,
            (Ok(_), Some(over)) => Outcome::Failed(Arc::new(over.into())),
            (Err(reason), None) if is_usable => Outcome::Kept(Arc::new(reason)),
            (Err(reason), _) => Outcome::Failed(Arc::new(reason)),
        };
        Told { url: url.clone(), outcome, crl }
    }

    /// The CRL of a URL that is to stand, put where it is new.
    async fn found(
        &self,
        url: &CrlUrl,
        before: Option<&Listed>,
        standing: &Option<Standing>,
    ) -> Result<(Outcome, Listed), Reason> {
        let known = before.map(|before| Validators {
            etag: before.etag.clone(),
            last_modified: before.last_modified.clone(),
        });
        let left = self.until.saturating_duration_since(Instant::now());
        let answer = self.downloader.get(url, &known.unwrap_or_default(), left).await?;
        let fetched = rfc3339(self.now);
        let (body, validators) = match (answer, before) {
            (Answer::Content { body, validators }, _) => (body, validators),
            (Answer::Unchanged, Some(before)) => {
                return Ok((Outcome::Unchanged, Listed { fetched, ..before.clone() }));
            }
            // The downloader takes it for an error where nothing was known.
            (Answer::Unchanged, None) => (Vec::new(), Validators::default()),
        };
        let crl = self.judged(body).await?;
        let listed = self.listed(&crl, url, validators);
        if let Some(before) = before
            && (before.sha256 == listed.sha256 || !self.replaces(&crl, before, standing).await?)
        {
            let Listed { etag, last_modified, .. } = listed;
            let same = Listed { fetched, etag, last_modified, ..before.clone() };
            return Ok((Outcome::Unchanged, same));
        }
        self.shelf.put(&listed, crl.der).await?;
        Ok((Outcome::Replaced, listed))
    }

    /// Reads and judges what came, which takes seconds for the longest: beside, so that no other URL waits for it.
    async fn judged(&self, body: Vec<u8>) -> Result<Crl, Reason> {
        let (bundle, now) = (Arc::clone(&self.bundle), self.now);
        let judged = spawn_blocking(move || {
            let crl = Crl::read(body)?;
            judge(&crl.list, &bundle, now)?;
            Ok(crl)
        });
        judged.await.unwrap_or_else(|panic| resume_unwind(panic.into_panic()))
    }

    /// Whether it comes in the place of the one before; of one that cannot be read any more in any case.
    async fn replaces(
        &self,
        crl: &Crl,
        before: &Listed,
        standing: &Option<Standing>,
    ) -> Result<bool, Reason> {
        let all = standing.iter().flat_map(|standing| &standing.manifest.crls);
        let mut others = all.filter(|other| other.url != before.url);
        let is_alone = !others.any(|other| other.issuer == before.issuer);
        match Crl::read(self.shelf.crl(before).await?) {
            Ok(earlier) if earlier.list.sha256() == before.sha256 => {
                Ok(replaces(&crl.list, &earlier.list, is_alone, &self.bundle, self.now)?)
            }
            _ => Ok(true),
        }
    }

    fn listed(&self, crl: &Crl, url: &CrlUrl, validators: Validators) -> Listed {
        let list = &crl.list;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Listed {
            sha256: list.sha256().to_owned(),
            bytes: count(crl.der.len()),
            url: url.as_str().to_owned(),
            issuer: list.issuer(),
            number: list.number().map(ToString::to_string),
            delta: list.is_delta(),
            this_update: rfc3339(list.this_update()),
            next_update: list.next_update().map(rfc3339).unwrap_or_default(),
            entries: count(list.len()),
            fetched: rfc3339(self.now),
            etag: validators.etag,
            last_modified: validators.last_modified,
        }
    }

    /// Whether a set says anything that the manifest does not, beside when its CRLs were asked for: readers need not
    /// read a manifest each hour that says the same.
    fn is_worth_it(&self, old: &Manifest, set: &[Listed]) -> bool {
        let is_same = |(old, new): (&Listed, &Listed)| {
            *old == Listed { fetched: old.fetched.clone(), ..new.clone() }
        };
        let is_fresh = instant::read(&old.written).is_some_and(|at| self.now < at + DAY);
        !is_fresh || old.crls.len() != set.len() || !old.crls.iter().zip(set).all(is_same)
    }

    /// Removes what nobody names, once no reader can be on its way to it any more.
    async fn clear(&self, stored: &[Stored], named: &[String]) {
        let is_old = |file: &&Stored| {
            self.now.duration_since(file.since).is_ok_and(|age| age > DAY)
                && !named.contains(&file.file)
        };
        for file in stored.iter().filter(is_old) {
            if let Err(error) = self.shelf.remove(&file.file).await {
                tracing::warn!(%error, "a CRL that nobody needs any more cannot be removed");
            }
        }
    }
}

/// What stands of a URL.
fn before(url: &CrlUrl, standing: &Option<Standing>) -> Option<Listed> {
    let listed = &standing.as_ref()?.manifest.crls;
    listed.iter().find(|listed| listed.url == url.as_str()).cloned()
}

/// Whether the file of a CRL is there.
fn is_there(crl: &Listed, stored: &[Stored]) -> bool {
    stored.iter().any(|file| file.file == crl.file() && file.bytes == crl.bytes)
}

/// What stands afterwards: a CRL that is published at several URLs once.
///
/// As long as a URL has no CRL, those of URLs that are asked no more stay: it may have come in the place of one of them.
fn set(crls: &[Told], before: Option<&Manifest>) -> Vec<Listed> {
    let mut set: Vec<Listed> = Vec::with_capacity(crls.len());
    let is_lacking = crls.iter().any(|told| told.crl.is_none());
    let is_asked = |listed: &&Listed| crls.iter().any(|told| told.url.as_str() == listed.url);
    let others = before.filter(|_| is_lacking).into_iter().flat_map(|before| &before.crls);
    let others = others.filter(|listed| !is_asked(listed));
    for crl in crls.iter().filter_map(|told| told.crl.as_ref()).chain(others) {
        if set.iter().all(|other| other.sha256 != crl.sha256) {
            set.push(crl.clone());
        }
    }
    set
}
