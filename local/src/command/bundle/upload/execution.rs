//! Does what was agreed to, and sees whether it took effect.

use std::io::Write;

use alb_mtls::random;

use super::{
    failure::Failure,
    options::Upload,
    plan::{Next, Plan},
    report::{End, Report},
    secret::Secret,
    waiting::{Arrival, until_current},
};
use crate::command::error::CommandError;

impl Upload {
    pub(super) async fn carry_out(
        &self,
        secret: &Secret<'_>,
        plan: Plan,
        err: &mut dyn Write,
    ) -> Result<Report, CommandError> {
        let shown = plan.shown.as_ref().map(|version| version.id.clone());
        if !self.yes
            && let Some(report) = self.changed_meanwhile(secret, shown.as_deref(), err).await?
        {
            return Ok(report);
        }
        let id = change_version(secret, &plan.next, shown.as_deref(), err).await?;
        let arrival = until_current(secret, &id, shown.as_deref(), err).await;
        let mut report = match arrival {
            Ok(Arrival::Current) => self.arrived(secret, shown.as_deref(), err).await,
            other => Report::new(&self.secret, End::Refused, vec![not_current(&id, other)]),
        };
        report.version = (report.outcome != End::Refused).then_some(id);
        report.warnings = plan.warnings;
        report.change = Some(plan.change);
        Ok(report)
    }

    /// Whoever was asked may have taken an hour to answer.
    async fn changed_meanwhile(
        &self,
        secret: &Secret<'_>,
        shown: Option<&str>,
        err: &mut dyn Write,
    ) -> Result<Option<Report>, Failure> {
        let current = secret.current(err).await?.map(|version| version.id);
        Ok((current.as_deref() != shown).then(|| {
            let note = format!(
                "somebody else has put version {} meanwhile: nothing was changed; run the command again, and it shows \
                 what changes against that one",
                current.unwrap_or_default()
            );
            Report::new(&self.secret, End::Refused, vec![note])
        }))
    }

    async fn arrived(
        &self,
        secret: &Secret<'_>,
        shown: Option<&str>,
        err: &mut dyn Write,
    ) -> Report {
        let end = if self.rollback { End::RolledBack } else { End::Uploaded };
        let mut report = Report::new(&self.secret, end, Vec::new());
        match secret.previous(err).await {
            Ok(previous) => report.replaced = previous.map(|version| version.id),
            Err(failure) => {
                report.notes.push(format!(
                    "which version was replaced could not be seen: somebody else may have put one after the change was \
                     shown ({failure})"
                ));
                return report;
            }
        }
        match &report.replaced {
            // No condition can be set on putting a version: it is only seen afterwards what it replaced.
            Some(other) if Some(other.as_str()) != shown => report.notes.push(format!(
                "somebody else had put version {other} after the change was shown, and this one has replaced it: look at \
                 it with aws secretsmanager get-secret-value --secret-id {} --version-id {other}",
                self.secret
            )),
            _ => {}
        }
        report.roll_back = report.replaced.is_some().then(|| self.roll_back());
        report
    }
}

/// Puts or moves, and returns the id of what is to be current then.
async fn change_version(
    secret: &Secret<'_>,
    next: &Next,
    shown: Option<&str>,
    err: &mut dyn Write,
) -> Result<String, CommandError> {
    match next {
        Next::New(content) => {
            let id = random::uuid()?;
            secret.put(content, &id, err).await.map_err(Failure::of_change)?;
            Ok(id)
        }
        Next::Earlier(version) => {
            let from = shown.unwrap_or_default();
            let moved = secret.move_current(from, &version.id, err).await;
            moved.map_err(Failure::of_change)?;
            Ok(version.id.clone())
        }
    }
}

fn not_current(id: &str, arrival: Result<Arrival, Failure>) -> String {
    match arrival {
        Ok(Arrival::Overtaken(other)) => {
            format!(
                "version {id} was put, and somebody else has put {other} since, which is current now"
            )
        }
        Ok(Arrival::Current | Arrival::NotYet) => format!(
            "version {id} was put and is not current yet: look again with aws secretsmanager list-secret-version-ids"
        ),
        Err(failure) => {
            format!("version {id} was put, and whether it is current could not be seen: {failure}")
        }
    }
}
