//! What became of each URL.

use std::{fmt, sync::Arc};

use alb_mtls_adapter::trust::crls::manifest::Listed;

use crate::{
    content::ContentError, crl_url::CrlUrl, download::DownloadError, judgement::Refusal,
    shelf::ShelfError,
};

/// What became of all URLs, in their order.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each URL.
    pub crls: Vec<Told>,
    /// Whether there is a new manifest.
    pub published: bool,
}

/// What became of one URL.
#[derive(Debug, Clone)]
pub struct Told {
    /// Which.
    pub url: CrlUrl,
    /// What became of it.
    pub outcome: Outcome,
    /// The CRL of it that stands; none where there is none.
    pub crl: Option<Listed>,
}

/// What a refresh came to for one URL.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The CRL that stands is the one that is there, and is within its dates.
    Unchanged,
    /// There was a newer one, or the first, and it stands now.
    Replaced,
    /// The one before stays, and is within its dates; the next refresh may mend it.
    Kept(Arc<Reason>),
    /// No CRL stands that is within its dates, or its file is gone. One that is over stays nevertheless: it still revokes.
    Failed(Arc<Reason>),
}

impl Outcome {
    /// In one word, for tables and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Replaced => "replaced",
            Self::Kept(_) => "kept",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is not current, if it is not.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Unchanged | Self::Replaced => None,
            Self::Kept(reason) | Self::Failed(reason) => Some(reason),
        }
    }
}

impl Report {
    /// The URLs whose newest CRL does not stand, and why.
    pub fn faults(&self) -> impl Iterator<Item = (&Told, &Reason)> {
        self.crls.iter().filter_map(|told| Some((told, told.outcome.reason()?)))
    }

    /// Whether every URL's newest CRL stands.
    pub fn is_current(&self) -> bool {
        self.faults().next().is_none()
    }

    /// Whether every URL has a CRL that stands and is within its dates, be it not the newest.
    pub fn is_complete(&self) -> bool {
        self.crls.iter().all(|told| !matches!(told.outcome, Outcome::Failed(_)))
    }
}

impl fmt::Display for Report {
    /// Each URL that is not current, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (faults, all) = (self.faults().count(), self.crls.len());
        write!(f, "{faults} of {all} CRLs could not be refreshed")?;
        for (told, reason) in self.faults() {
            write!(f, "; {} ({}): {reason}", told.url, told.outcome.word())?;
        }
        Ok(())
    }
}

/// Why a URL has no newer CRL.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// Nothing came.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// Something else came.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// It may not be put.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// It cannot be put, or the one before cannot be read.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}
