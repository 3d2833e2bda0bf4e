//! What a case's four verdicts say together.

use std::collections::HashSet;

use crate::{
    cases::Case,
    classes::{Class, Voice},
    others::Opinion,
};

/// The verdicts of all on one case.
pub(crate) struct Verdicts {
    pub(crate) ours: Opinion,
    pub(crate) others: [(Voice, Opinion); 3],
}

/// What is said of all cases.
pub(crate) struct Judgement {
    /// Acceptances that nobody shares, and differences that no class explains.
    pub(crate) complaints: Vec<String>,
    /// The classes that have explained nothing. The others differ from version to version, and one that
    /// was mended is no fault of ours.
    pub(crate) idle: Vec<String>,
}

impl Judgement {
    pub(crate) fn of(cases: &[Case], verdicts: &[Verdicts], classes: Vec<Class>) -> Self {
        let mut judge = Judge::new(cases, verdicts, classes);
        let judged = cases.iter().zip(verdicts);
        let complaints =
            judged.filter_map(|(case, verdicts)| judge.complaint(case, verdicts)).collect();
        Self { complaints, idle: judge.idle() }
    }
}

/// The classes of disagreement, and how many disagreements each has explained.
struct Judge {
    classes: Vec<(Class, usize)>,
    /// The changes that somebody else accepts where they are alone.
    harmless: HashSet<String>,
}

impl Judge {
    fn new(cases: &[Case], verdicts: &[Verdicts], classes: Vec<Class>) -> Self {
        let accepted = |verdicts: &Verdicts| verdicts.others.iter().any(|(_, one)| one.is_ok());
        let harmless = cases.iter().zip(verdicts).filter(|(_, verdicts)| accepted(verdicts));
        Self {
            classes: classes.into_iter().map(|class| (class, 0)).collect(),
            harmless: harmless.filter_map(|(case, _)| case.only_change()).collect(),
        }
    }

    /// What is wrong with the verdicts on a case, if anything.
    fn complaint(&mut self, case: &Case, verdicts: &Verdicts) -> Option<String> {
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
    fn idle(&self) -> Vec<String> {
        let idle = self.classes.iter().filter(|(_, count)| *count == 0);
        idle.map(|(class, _)| format!("{:?}: {}", class.voice, class.why)).collect()
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
    use crate::{
        classes::{accepts, refuses},
        others::Presented,
    };
    use Voice::{Jdk, OpenSsl, Ours, Webpki};

    fn case(change: &str) -> Case {
        let presented = Presented { header: Vec::new(), anchors: Vec::new() };
        Case { changes: vec![change.to_owned()], presented }
    }

    /// Ours, OpenSSL's, the JDK's and webpki's.
    fn verdicts(yes: [bool; 4]) -> Verdicts {
        let [ours, openssl, jdk, webpki] =
            yes.map(|yes| if yes { Ok(()) } else { Err("a reason".to_owned()) });
        Verdicts { ours, others: [(OpenSsl, openssl), (Jdk, jdk), (Webpki, webpki)] }
    }

    fn stricter_jdk() -> Class {
        refuses(Jdk, "odd dates are refused", |case| case.has("odd date"))
    }

    fn judged(change: &str, yes: [bool; 4], classes: Vec<Class>) -> Judgement {
        Judgement::of(&[case(change)], &[verdicts(yes)], classes)
    }

    #[test]
    fn class_that_a_mended_voice_leaves_idle_is_named_and_is_no_complaint() {
        let judgement = judged("odd date", [true; 4], vec![stricter_jdk()]);
        assert_eq!(judgement.complaints, Vec::<String>::new());
        assert_eq!(judgement.idle, ["Jdk: odd dates are refused"]);
    }

    #[test]
    fn difference_that_a_class_explains_is_no_complaint_and_one_that_none_explains_is() {
        let yes = [true, true, false, true];
        let judgement = judged("odd date", yes, vec![stricter_jdk()]);
        assert_eq!(judgement.complaints, Vec::<String>::new());
        assert_eq!(judgement.idle, Vec::<String>::new());

        let judgement = judged("odd name", yes, vec![stricter_jdk()]);
        assert_eq!(judgement.complaints.len(), 1);
        assert!(judgement.complaints[0].starts_with("Jdk unexplained: odd name"));
    }

    /// A class is about one direction.
    #[test]
    fn voice_that_has_become_laxer_is_a_complaint_though_a_class_has_it_stricter() {
        let judgement = judged("odd date", [false, false, true, false], vec![stricter_jdk()]);
        assert!(judgement.complaints[0].starts_with("Jdk unexplained: odd date"));
    }

    #[test]
    fn acceptance_that_nobody_shares_is_a_complaint_whatever_explains_it_and_a_shared_one_is_not() {
        let classes = || {
            vec![
                accepts(Ours, "we take odd dates", |case| case.has("odd date")),
                refuses(Webpki, "odd dates are refused", |case| case.has("odd date")),
            ]
        };
        let judgement = judged("odd date", [true, false, false, false], classes());
        assert!(judgement.complaints[0].starts_with("nobody else accepts: odd date"));
        let judgement = judged("odd date", [true, true, false, false], classes());
        assert_eq!(judgement.complaints, Vec::<String>::new());
    }
}
