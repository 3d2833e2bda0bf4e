//! What a case's four verdicts say together.

use std::collections::HashSet;

use crate::{
    cases::Case,
    classes::{self, Class, Voice},
    real_parts::Opinion,
};

/// The verdicts of all on one case.
pub(crate) struct Verdicts {
    pub(crate) ours: Opinion,
    pub(crate) others: [(Voice, Opinion); 3],
}

/// The classes of disagreement, and how many disagreements each has explained.
pub(crate) struct Judge {
    classes: Vec<(Class, usize)>,
    /// The changes that somebody else accepts where they are alone.
    harmless: HashSet<String>,
}

impl Judge {
    pub(crate) fn new(cases: &[Case], verdicts: &[Verdicts]) -> Self {
        let accepted = |verdicts: &Verdicts| verdicts.others.iter().any(|(_, one)| one.is_ok());
        let harmless = cases.iter().zip(verdicts).filter(|(_, verdicts)| accepted(verdicts));
        Self {
            classes: classes::classes().into_iter().map(|class| (class, 0)).collect(),
            harmless: harmless.filter_map(|(case, _)| case.only_change()).collect(),
        }
    }

    /// What is wrong with the verdicts on a case, if anything.
    pub(crate) fn complaint(&mut self, case: &Case, verdicts: &Verdicts) -> Option<String> {
        let accepted = verdicts.ours.is_ok();
        let (agreeing, differing): (Vec<_>, Vec<_>) =
            verdicts.others.iter().partition(|(_, opinion)| opinion.is_ok() == accepted);
        if differing.is_empty() {
            return None;
        }
        if accepted && agreeing.is_empty() && !self.is_sum(case) {
            return Some(format!("nobody else accepts: {}", verdicts.words(case)));
        }
        let unexplained: Vec<_> = differing
            .iter()
            .filter(|(voice, _)| !self.explains(case, accepted, *voice))
            .map(|(voice, _)| format!("{voice:?}"))
            .collect();
        (!unexplained.is_empty())
            .then(|| format!("{} unexplained: {}", unexplained.join(", "), verdicts.words(case)))
    }

    /// The classes that have explained nothing.
    pub(crate) fn idle(&self) -> Vec<&'static str> {
        let classes = self.classes.iter();
        classes.filter(|(_, count)| *count == 0).map(|(class, _)| class.why).collect()
    }

    /// Whether each of several changes is one that somebody else accepts.
    fn is_sum(&self, case: &Case) -> bool {
        case.changes.len() > 1 && case.changes.iter().all(|change| self.harmless.contains(change))
    }

    /// Whether it is known why that voice says other than we do, or we than all.
    fn explains(&mut self, case: &Case, accepted: bool, voice: Voice) -> bool {
        let mut some = false;
        for (class, explained) in &mut self.classes {
            let theirs = class.voice == voice && class.accepts != accepted;
            let ours = class.voice == Voice::Ours && class.accepts == accepted;
            if (theirs || ours) && (class.covers)(case) {
                *explained += 1;
                some = true;
            }
        }
        some
    }
}

impl Verdicts {
    fn words(&self, case: &Case) -> String {
        let words = |voice, opinion: &Opinion| match opinion {
            Ok(()) => format!("\n    {voice:?}: yes"),
            Err(reason) => format!("\n    {voice:?}: no, {reason}"),
        };
        let others = self.others.iter().map(|(voice, opinion)| words(*voice, opinion));
        let all: String = std::iter::once(words(Voice::Ours, &self.ours)).chain(others).collect();
        format!("{}{all}", case.name())
    }
}
