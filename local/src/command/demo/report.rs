//! What became of the stories.

use std::io::{self, Write};

use comfy_table::{LineStyle, Table, presets::NOTHING};
use serde_json::{Value, json};

use super::{
    ending::{Answer, Ending},
    story::Played,
};
use crate::command::style;

/// A table, and what went wrong below it.
pub(super) fn text(played: &[Played], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(["story", "the client got", "the gateway saw", ""]);
    for played in played {
        let ending = &played.ending;
        let verdict = if played.is_ok() { "ok" } else { "WRONG" };
        table.add_row([
            played.story.title.to_owned(),
            ending.answer.to_string(),
            ending.gateway.to_string(),
            verdict.to_owned(),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let wrong: Vec<_> = played.iter().filter(|played| !played.is_ok()).collect();
    for played in &wrong {
        difference(played, out)?;
    }
    let (good, bad) = (style::GOOD, style::BAD);
    match wrong.len() {
        0 => writeln!(out, "{good}{} stories, all as they should be{good:#}", played.len()),
        wrong => writeln!(out, "{bad}{wrong} of {} stories went wrong{bad:#}", played.len()),
    }
}

/// Expected against got, and what was said on the way.
fn difference(played: &Played, out: &mut dyn Write) -> io::Result<()> {
    let bad = style::BAD;
    let words = |ending: &Ending| format!("{}; gateway: {}", ending.answer, ending.gateway);
    writeln!(out, "{bad}{}{bad:#}", played.story.title)?;
    writeln!(out, "  expected  {}", words(&played.story.expected))?;
    writeln!(out, "  got       {}", words(&played.ending))?;
    played.log.iter().try_for_each(|line| writeln!(out, "  log       {line}"))
}

/// The same as one object.
pub(super) fn json(played: &[Played], out: &mut dyn Write) -> io::Result<()> {
    let stories: Vec<_> = played.iter().map(story).collect();
    let ok = played.iter().all(Played::is_ok);
    writeln!(out, "{}", json!({ "ok": ok, "stories": stories }))
}

fn story(played: &Played) -> Value {
    json!({
        "story": played.story.title,
        "ok": played.is_ok(),
        "got": ending(&played.ending),
        "expected": ending(&played.story.expected),
    })
}

fn ending(ending: &Ending) -> Value {
    let (status, code) = match &ending.answer {
        Answer::Status(status, code) => (Some(status), code.as_ref()),
        Answer::Nothing(_) => (None, None),
    };
    json!({ "status": status, "code": code, "gateway": ending.gateway.to_string() })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{ending::Sight, story::Story},
        *,
    };

    fn played(status: u16) -> Played {
        let story = Story::refused("no certificate", None, 401, "ClientCertMissing");
        let answer = Answer::Status(status, Some("ClientCertMissing".to_owned()));
        let ending = Ending { answer, gateway: Sight::NotReached };
        Played { story, ending, log: vec!["the line of the log".to_owned()] }
    }

    fn text_of(played: &[Played]) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        text(played, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn story_that_went_wrong_is_told_with_what_was_expected() {
        let text = text_of(&[played(401), played(200)]);
        assert!(text.contains("1 of 2 stories went wrong"), "{text}");
        assert!(text.contains("expected  401 ClientCertMissing; gateway: not reached"), "{text}");
        assert!(text.contains("got       200 ClientCertMissing; gateway: not reached"), "{text}");
        assert!(text.contains("log       the line of the log"), "{text}");
    }

    #[test]
    fn stories_that_went_well_are_only_counted() {
        let text = text_of(&[played(401)]);
        assert!(text.ends_with("1 stories, all as they should be\n"), "{text}");
        assert!(!text.contains("expected"), "{text}");
    }

    #[test]
    fn one_wrong_story_makes_the_whole_object_wrong() {
        let mut out = Vec::new();
        json(&[played(401), played(200)], &mut out).unwrap();
        let report: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(report["ok"], false);
        assert_eq!(report["stories"][0]["ok"], true);
        assert_eq!(report["stories"][1]["got"]["status"], 200);
        assert_eq!(report["stories"][1]["expected"]["status"], 401);
    }
}
