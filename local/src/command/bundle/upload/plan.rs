//! What is to be done, and what that changes.

use std::{io::Write, time::SystemTime};

use alb_mtls_adapter::trust::bundle::{BundleError, Source, TrustBundle};

use super::{
    aws::Aws,
    candidate::CandidateError,
    change::{Change, Statements},
    failure::Failure,
    options::Upload,
    report::{End, Report},
    secret::{Secret, Version},
};
use crate::command::{error::CommandError, trust};

/// What is to become the current version.
pub(super) enum Next {
    New(Vec<u8>),
    Earlier(Version),
}

/// A change that can be agreed to.
pub(super) struct Plan {
    /// What is current until then.
    pub(super) shown: Option<Version>,
    pub(super) next: Next,
    pub(super) change: Change,
    pub(super) warnings: Vec<String>,
}

impl Next {
    fn content(&self) -> &[u8] {
        match self {
            Self::New(content) => content,
            Self::Earlier(version) => &version.content,
        }
    }
}

impl Upload {
    /// What is to be done; or how it ends where nothing is.
    pub(super) async fn plan(
        &self,
        secret: &Secret<'_>,
        offered: Option<Vec<u8>>,
        err: &mut dyn Write,
    ) -> Result<Result<Plan, Report>, CommandError> {
        let shown = secret.current(err).await?;
        let earlier = match (&offered, &shown) {
            (None, Some(_)) => secret.previous(err).await?,
            _ => None,
        };
        let Some(next) = offered.map(Next::New).or(earlier.map(Next::Earlier)) else {
            let note = "there is no version before this one to go back to".to_owned();
            return Ok(Err(Report::new(&self.secret, End::Refused, vec![note])));
        };
        let mut warnings = self.judge(next.content(), self.others(secret.aws, err).await?)?;
        let now = SystemTime::now();
        let before = match &shown {
            Some(version) => self.statements(version, now, &mut warnings),
            None => Statements::default(),
        };
        let after = Statements::read(&self.source(next.content()), now)?;
        let plan = Plan { shown, next, change: Change::between(&before, &after), warnings };
        Ok(match plan.is_nothing() {
            Some(words) => Err(Report {
                version: plan.shown.map(|version| version.id),
                change: Some(plan.change),
                warnings: plan.warnings,
                ..Report::new(&self.secret, End::NothingToDo, vec![words.to_owned()])
            }),
            None => Ok(plan),
        })
    }

    /// What the secret says at present. That it cannot be read must not keep a good bundle out.
    fn statements(
        &self,
        shown: &Version,
        now: SystemTime,
        warnings: &mut Vec<String>,
    ) -> Statements {
        Statements::read(&self.source(&shown.content), now).unwrap_or_else(|error| {
            warnings.push(format!(
                "everything counts as new: what the secret holds now cannot be read by the function ({error})"
            ));
            Statements::default()
        })
    }

    /// The other secrets of the function.
    async fn others(&self, aws: &Aws, err: &mut dyn Write) -> Result<Vec<Source>, Failure> {
        let mut sources = Vec::new();
        for name in &self.beside {
            if let Some(version) = (Secret { aws, name }).current(err).await? {
                sources.push(Source { name: name.clone(), content: version.content });
            }
        }
        Ok(sources)
    }

    /// Whether the function would take a content, beside others; and if so what of it all has no effect.
    pub(super) fn judge(
        &self,
        content: &[u8],
        mut sources: Vec<Source>,
    ) -> Result<Vec<String>, CommandError> {
        sources.insert(0, self.source(content));
        match TrustBundle::read(&sources, SystemTime::now()) {
            Ok(bundle) if bundle.is_usable() => Ok(trust::warnings(&bundle).collect()),
            Ok(_) | Err(BundleError::Empty { .. }) if self.beside.is_empty() => {
                Err(CandidateError::NobodyByItself.into())
            }
            Ok(_) => Err(CommandError::UnusableBundle),
            Err(error) => Err(error.into()),
        }
    }

    fn source(&self, content: &[u8]) -> Source {
        Source { name: self.secret.clone(), content: content.to_vec() }
    }
}

impl Plan {
    /// Why nothing is to be done, if so.
    fn is_nothing(&self) -> Option<&'static str> {
        let shown = self.shown.as_ref()?;
        if shown.content == self.next.content() {
            return Some("the secret holds this already, byte for byte");
        }
        // A version for nothing would take the place of the one to go back to.
        self.change.is_none().then_some(
            "the secret says the same already; only comments, order, repetition or packing differ, which nobody is \
             accepted or refused by",
        )
    }
}
