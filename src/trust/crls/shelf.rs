//! The CRLs of a bucket, kept current beside the secrets.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use aws_config::SdkConfig;
use tokio::sync::Mutex;
use tower::BoxError;

use super::{
    bucket::{Bucket, Marked},
    error::CrlsError,
    location::CrlLocation,
    reading,
    set::CrlSet,
};
use crate::secrets::supplement::{Held, Supplement};

/// The CRLs of a bucket: those that are in use, and those that are being read to take their place.
pub struct Shelf {
    bucket: Arc<Bucket>,
    current: ArcSwapOption<Current>,
    /// Held by whoever goes on with it.
    next: Mutex<Option<Next>>,
    is_reading: AtomicBool,
}

struct Current {
    set: Arc<CrlSet>,
    marked: Arc<Marked>,
}

/// A reading that has begun. It is done only while somebody waits for it.
struct Next {
    marked: Arc<Marked>,
    reading: Pin<Box<dyn Future<Output = Result<CrlSet, CrlsError>> + Send>>,
}

impl Shelf {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Those of making a TLS client.
    pub fn new(location: CrlLocation, config: &SdkConfig) -> Result<Self, rustls::Error> {
        Ok(Self {
            bucket: Arc::new(Bucket::new(location, config)?),
            current: ArcSwapOption::empty(),
            next: Mutex::new(None),
            is_reading: AtomicBool::new(false),
        })
    }

    /// What there is, and whether it is what the bucket holds.
    fn held(&self, is_current: bool) -> Result<Held<Arc<CrlSet>>, CrlsError> {
        let current = self.current.load_full().ok_or(CrlsError::Unfinished)?;
        let part = Arc::clone(&current.set);
        Ok(Held { part, version: Some(current.set.version()), is_current })
    }

    async fn ask(&self, may_wait: bool) -> Result<Held<Arc<CrlSet>>, CrlsError> {
        let mut next = match may_wait {
            true => self.next.lock().await,
            false => match self.next.try_lock() {
                Ok(next) if next.is_none() => next,
                _ => return self.held(false),
            },
        };
        // What was begun may be there no more: the manifest says what is.
        if let Err(error) = self.finish(&mut next).await {
            tracing::warn!(%error, "CRLs that were being read are given up");
        }
        let known = self.current.load_full();
        let known_mark = known.as_ref().map(|current| &*current.marked);
        let Some(marked) = self.bucket.manifest(known_mark).await? else { return self.held(true) };
        let (marked, known) = (Arc::new(marked), known.map(|known| Arc::clone(&known.set)));
        let reading = reading::read(Arc::clone(&self.bucket), Arc::clone(&marked), known);
        *next = Some(Next { marked, reading: Box::pin(reading) });
        self.is_reading.store(true, Ordering::Relaxed);
        if !may_wait {
            return self.held(false);
        }
        self.finish(&mut next).await?;
        self.held(true)
    }

    /// Goes on with a reading to its end, if there is one. Where it is left alone before, it stays as it is.
    async fn finish(&self, next: &mut Option<Next>) -> Result<(), CrlsError> {
        let Some(Next { marked, reading }) = next else { return Ok(()) };
        let (outcome, marked) = (reading.await, Arc::clone(marked));
        *next = None;
        self.is_reading.store(false, Ordering::Relaxed);
        self.current.store(Some(Arc::new(Current { set: Arc::new(outcome?), marked })));
        Ok(())
    }
}

impl Supplement for Option<Shelf> {
    type Part = Option<Arc<CrlSet>>;

    async fn current(&self, may_wait: bool) -> Result<Held<Self::Part>, BoxError> {
        let Some(shelf) = self else { return Ok(Held::nothing()) };
        let Held { part, version, is_current } = shelf.ask(may_wait).await?;
        Ok(Held { part: Some(part), version, is_current })
    }

    fn last(&self) -> Option<Held<Self::Part>> {
        let Some(shelf) = self else { return Some(Held::nothing()) };
        let Held { part, version, is_current } = shelf.held(false).ok()?;
        Some(Held { part: Some(part), version, is_current })
    }

    fn is_being_read(&self) -> bool {
        self.as_ref().is_some_and(|shelf| shelf.is_reading.load(Ordering::Relaxed))
    }

    async fn read_on(&self) -> Result<(), BoxError> {
        if let Some(shelf) = self
            && let Ok(mut next) = shelf.next.try_lock()
        {
            shelf.finish(&mut next).await?;
        }
        Ok(())
    }
}
