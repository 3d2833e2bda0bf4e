//! `alb-mtls bundle upload`: a new version of the secret that holds a trust bundle, or the one before it again.

mod aws;
mod candidate;
mod change;
mod consent;
mod execution;
mod failure;
mod options;
mod plan;
mod report;
mod secret;
mod waiting;

pub(crate) use self::options::Upload;
use self::{
    failure::Failure,
    report::{End, Report},
    secret::Secret,
};
use crate::command::{
    error::CommandError, format::Format, interrupt::interrupted, outcome::Outcome, style,
    terminal::Terminal,
};

impl Upload {
    pub(super) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        // A bundle of no use is no reason to ask AWS for anything.
        let offered = match self.rollback {
            true => None,
            false => Some(candidate::content(&self.files, terminal.input)?),
        };
        if let (Some(content), true) = (&offered, self.beside.is_empty()) {
            self.judge(content, Vec::new())?;
        }
        let report = match self.attempt(offered, terminal) {
            Err(CommandError::Refused(reason)) => {
                Report::new(&self.secret, End::Refused, vec![reason.to_string()])
            }
            report => report?,
        };
        self.tell(&report, terminal)?;
        Ok(match report.outcome {
            End::Uploaded | End::RolledBack | End::NothingToDo => Outcome::Yes,
            End::Declined | End::Refused => Outcome::No,
        })
    }

    fn attempt(
        &self,
        offered: Option<Vec<u8>>,
        terminal: &mut Terminal<'_>,
    ) -> Result<Report, CommandError> {
        let aws = self.aws();
        let secret = Secret { aws: &aws, name: &self.secret };
        let runtime = tokio::runtime::Runtime::new().map_err(CommandError::Runtime)?;
        let plan = match runtime.block_on(self.plan(&secret, offered, terminal.err))? {
            Ok(plan) => plan,
            Err(report) => return Ok(report),
        };
        // Asked outside the runtime, where Ctrl-C still ends the command.
        self.show(&plan, terminal)?;
        match self.is_agreed(terminal)? {
            true => runtime.block_on(async {
                // Ended in order, it takes the file with the content along.
                let interrupted = interrupted().map_err(CommandError::Runtime)?;
                tokio::select! {
                    report = self.carry_out(&secret, plan, terminal.err) => report,
                    () = interrupted => Err(Failure::Interrupted.of_change().into()),
                }
            }),
            false => Ok(Report {
                version: plan.shown.map(|version| version.id),
                change: Some(plan.change),
                warnings: plan.warnings,
                ..Report::new(&self.secret, End::Declined, vec!["nothing was changed".to_owned()])
            }),
        }
    }

    fn tell(&self, report: &Report, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
        match self.format {
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(report)?)?,
            Format::Text => report::write_end(report, terminal.out)?,
        }
        if report.outcome == End::Refused {
            let bad = style::BAD;
            for note in &report.notes {
                writeln!(terminal.err, "{bad}error:{bad:#} {note}")?;
            }
        }
        Ok(())
    }
}
