//! What became of it all.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{
    ending::{Answer, Ending, Sight},
    matrix::{Cell, Header, Row},
    performance::Performance,
    story::Played,
};
use crate::command::{outcome::Outcome, style};

const READS: &str = "reads it";
const CANNOT: &str = "cannot read it";
const WRONG: &str = "WRONG";

const ADVICE: &str = "\
Set GATEWAY_CERT_FORMAT=url-encoded-pem, the default, for client_certificate_encode = true,
and single-line-pem for false, save on API Manager 4.1 and 4.2, which need true.";

/// Two tables, and below each what went wrong.
pub(super) fn text(performance: &Performance, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", stories(&performance.stories))?;
    verdict("stories", performance.stories.iter(), out)?;
    writeln!(out, "\n{}\n\n{ADVICE}\n", matrix(&performance.matrix))?;
    verdict("readings", cells(&performance.matrix).map(|(_, cell)| &cell.played), out)
}

fn stories(played: &[Played]) -> String {
    let mut table = style::table();
    table.set_header(["story", "the client got", "the gateway saw", ""]);
    for played in played {
        let ending = &played.ending;
        table.add_row([
            played.story.title.clone(),
            ending.answer.to_string(),
            ending.gateway.to_string(),
            mark(played.is_ok()).to_owned(),
        ]);
    }
    table.trim_fmt()
}

fn matrix(rows: &[Row]) -> String {
    let mut table = style::table();
    let left = ["gateway", "stands for", "client_certificate\n_encode"].map(str::to_owned);
    let headers = Header::ALL.map(|header| header.name().replacen(' ', "\n", 1));
    table.set_header(left.into_iter().chain(headers).chain([String::new()]));
    for row in rows {
        let gateway = &row.gateway;
        let encode = gateway.encode.unwrap_or("-");
        let left = [row.mode.to_string(), gateway.releases.to_owned(), encode.to_owned()];
        let cells = row.cells.iter().map(|cell| reading(&cell.played));
        table.add_row(left.into_iter().chain(cells).chain([mark(row.is_ok()).to_owned()]));
    }
    coloured(&table.trim_fmt())
}

fn mark(ok: bool) -> &'static str {
    if ok { "ok" } else { WRONG }
}

/// What the gateway made of the header.
fn reading(played: &Played) -> String {
    match &played.ending.gateway {
        Sight::Client(certificate) if played.story.presents(certificate) => READS.to_owned(),
        Sight::Unreadable => CANNOT.to_owned(),
        other => other.to_string(),
    }
}

/// Comes after the layout, which would count what the terminal does not show.
fn coloured(table: &str) -> String {
    let styles = [(READS, style::GOOD), (CANNOT, style::FAINT), (WRONG, style::BAD)];
    styles.into_iter().fold(table.to_owned(), |table, (word, style)| {
        table.replace(word, &format!("{style}{word}{style:#}"))
    })
}

/// How many went wrong, and each of them in full.
fn verdict<'a>(
    what: &str,
    played: impl Iterator<Item = &'a Played>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let played: Vec<_> = played.collect();
    let wrong: Vec<_> = played.iter().filter(|played| !played.is_ok()).collect();
    for played in &wrong {
        difference(played, out)?;
    }
    let (good, bad, all) = (style::GOOD, style::BAD, played.len());
    match wrong.len() {
        0 => writeln!(out, "{good}{all} {what}, all as they should be{good:#}"),
        wrong => writeln!(out, "{bad}{wrong} of {all} {what} went wrong{bad:#}"),
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
pub(super) fn json(performance: &Performance, out: &mut dyn Write) -> io::Result<()> {
    let stories: Vec<_> = performance.stories.iter().map(story).collect();
    let formats: Vec<_> = cells(&performance.matrix).map(format).collect();
    let ok = performance.outcome() == Outcome::Yes;
    writeln!(out, "{}", json!({ "ok": ok, "stories": stories, "formats": formats }))
}

fn story(played: &Played) -> Value {
    json!({
        "story": played.story.title,
        "ok": played.is_ok(),
        "got": ending(&played.ending),
        "expected": ending(&played.story.expected),
    })
}

fn format((row, Cell { header, played }): (&Row, &Cell)) -> Value {
    json!({
        "mode": row.mode.to_string(),
        "releases": row.gateway.releases,
        "client_certificate_encode": row.gateway.encode,
        "format": header.format.map(|format| format.to_string()),
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

fn cells(rows: &[Row]) -> impl Iterator<Item = (&Row, &Cell)> {
    rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (row, cell)))
}

#[cfg(test)]
mod tests {
    use ::time::{Duration, macros::datetime};
    use alb_mtls::{
        pki::{Authority, KeyKind, Validity},
        wso2::{Certificate, Mode},
    };

    use super::{
        super::{cast::Client, matrix::Gateway, story::Story},
        *,
    };

    fn played(status: u16) -> Played {
        let story = Story::refused("no certificate", None, 401, "ClientCertMissing");
        let answer = Answer::Status(status, Some("ClientCertMissing".to_owned()));
        let ending = Ending { answer, gateway: Sight::NotReached };
        Played { story, ending, log: vec!["the line of the log".to_owned()] }
    }

    /// A gateway's reading of a client's certificate, which ends as it should.
    fn reading_by(mode: Mode) -> Row {
        let validity = Validity::starting(datetime!(2026-01-01 0:00 UTC), Duration::days(1));
        let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), validity).unwrap();
        let client = Client::new(&root.leaf("client", validity).issue().unwrap(), &[]);
        let story = Story::accepted("the reading", client);
        let played = Played { ending: story.expected.clone(), story, log: Vec::new() };
        let cells = vec![Cell { header: Header::ALL[1], played }];
        Row { mode, gateway: Gateway::of(mode), cells }
    }

    /// The same, but the gateway sees something else.
    fn misreading_by(mode: Mode, gateway: Sight) -> Row {
        let mut row = reading_by(mode);
        row.cells[0].played.ending.gateway = gateway;
        row
    }

    fn text_of(performance: &Performance) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        text(performance, &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    fn json_of(performance: &Performance) -> Value {
        let mut out = Vec::new();
        json(performance, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn story_that_went_wrong_is_told_with_what_was_expected() {
        let performance =
            Performance { stories: vec![played(401), played(200)], matrix: Vec::new() };
        let text = text_of(&performance);
        assert!(text.contains("1 of 2 stories went wrong"), "{text}");
        assert!(text.contains("expected  401 ClientCertMissing; gateway: not reached"), "{text}");
        assert!(text.contains("got       200 ClientCertMissing; gateway: not reached"), "{text}");
        assert!(text.contains("log       the line of the log"), "{text}");
    }

    #[test]
    fn what_went_well_is_only_counted() {
        let performance =
            Performance { stories: vec![played(401)], matrix: vec![reading_by(Mode::Enc41)] };
        let text = text_of(&performance);
        assert!(text.contains("\n1 stories, all as they should be\n"), "{text}");
        assert!(text.ends_with("\n1 readings, all as they should be\n"), "{text}");
        assert!(!text.contains("expected") && !text.contains("WRONG"), "{text}");
        assert_eq!(performance.outcome(), Outcome::Yes);
    }

    #[test]
    fn one_wrong_story_makes_the_whole_object_wrong() {
        let report = json_of(&Performance {
            stories: vec![played(401), played(200)],
            matrix: vec![reading_by(Mode::Enc41)],
        });
        assert_eq!(report["ok"], false);
        assert_eq!(report["stories"][0]["ok"], true);
        assert_eq!(report["stories"][1]["got"]["status"], 200);
        assert_eq!(report["stories"][1]["expected"]["status"], 401);
    }

    #[test]
    fn one_wrong_reading_makes_the_whole_run_wrong() {
        let performance = Performance {
            stories: vec![played(401)],
            matrix: vec![reading_by(Mode::Enc31), misreading_by(Mode::Enc41, Sight::Unreadable)],
        };
        assert_eq!(performance.outcome(), Outcome::No);

        let text = text_of(&performance);
        let line = |mode: &str| text.lines().find(|line| line.contains(mode)).unwrap().trim_end();
        assert!(line("enc-3.1").contains("reads it") && line("enc-3.1").ends_with("ok"), "{text}");
        let wrong = line("enc-4.1");
        assert!(wrong.contains("cannot read it") && wrong.ends_with("WRONG"), "{text}");
        assert!(text.contains("1 stories, all as they should be"), "{text}");
        assert!(text.contains("1 of 2 readings went wrong"), "{text}");
        assert!(text.contains("expected  200; gateway: CN=client"), "{text}");
        assert!(text.contains("got       200; gateway: a header that it cannot read"), "{text}");

        let report = json_of(&performance);
        assert_eq!(report["ok"], false);
        assert_eq!(report["formats"][0]["ok"], true);
        let wrong = &report["formats"][1];
        assert_eq!((&wrong["mode"], &wrong["ok"]), (&"enc-4.1".into(), &false.into()));
        assert_ne!(wrong["got"], wrong["expected"]);
    }

    #[test]
    fn another_certificate_than_the_clients_is_not_a_reading() {
        let validity = Validity::starting(datetime!(2026-01-01 0:00 UTC), Duration::days(1));
        let root = Authority::root("Other", KeyKind::P256.generate().unwrap(), validity).unwrap();
        let other = Sight::Client(Certificate { der: root.der().to_vec() });
        let row = misreading_by(Mode::Enc41, other);
        assert_eq!(reading(&row.cells[0].played), "CN=Other");
        assert!(!row.is_ok());
        assert_eq!(reading(&reading_by(Mode::Enc41).cells[0].played), "reads it");
    }
}
