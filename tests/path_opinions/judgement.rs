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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real_parts::Presented;

    /// One change, with what we say of it and what OpenSSL, the JDK and webpki do.
    fn complaint(
        change: &str,
        ours: bool,
        others: [bool; 3],
    ) -> (Option<String>, Vec<&'static str>) {
        let presented = Presented { header: Vec::new(), anchors: Vec::new() };
        let case = Case { changes: vec![change.to_owned()], presented };
        let opinion = |yes: bool| if yes { Ok(()) } else { Err("a reason".to_owned()) };
        let [openssl, jdk, webpki] = others.map(opinion);
        let others = [(Voice::OpenSsl, openssl), (Voice::Jdk, jdk), (Voice::Webpki, webpki)];
        let verdicts = [Verdicts { ours: opinion(ours), others }];
        let mut judge = Judge::new(std::slice::from_ref(&case), &verdicts);
        (judge.complaint(&case, &verdicts[0]), judge.idle())
    }

    #[test]
    fn another_opinion_that_has_mended_its_fault_is_no_complaint() {
        let (complaint, idle) = complaint("leaf that is a CA", false, [false; 3]);
        assert_eq!(complaint, None);
        assert!(!idle.is_empty());
    }

    #[test]
    fn acceptance_that_nobody_shares_is_a_complaint() {
        let (complaint, _) = complaint("something new", true, [false; 3]);
        assert!(complaint.unwrap().starts_with("nobody else accepts"));
    }

    #[test]
    fn disagreement_that_no_class_explains_is_a_complaint() {
        let (complaint, _) = complaint("something new", false, [true, false, false]);
        assert!(complaint.unwrap().starts_with("OpenSsl unexplained"));
    }
}
