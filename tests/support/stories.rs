//! The events of `events/`, and the answers that belong to them.

use std::{collections::BTreeMap, fs, path::Path};

use alb_mtls::alb::{Answer, HeaderMode};
use serde::Deserialize;
use serde_json::Value;

/// The root that the accepted ones lead to.
pub(crate) const TRUST_BUNDLE: &str = include_str!("../../events/trust-bundle.pem");

/// One event.
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) event: Vec<u8>,
    pub(crate) status: u16,
    /// The word of a refusal.
    pub(crate) code: Option<String>,
    /// SHA-256 of the certificate that the gateway sees.
    pub(crate) client: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    status: u16,
    code: Option<String>,
    client: Option<String>,
}

/// Every event there is; one that the table does not know is an error, and so is the reverse.
pub(crate) fn all() -> Vec<Story> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let table = fs::read(folder.join("expected.json")).unwrap();
    let mut table: BTreeMap<String, Expected> = serde_json::from_slice(&table).unwrap();
    let mut stories = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with("-multi.json") && !name.ends_with("-single.json") {
            continue;
        }
        let Expected { status, code, client } =
            table.remove(&name).unwrap_or_else(|| panic!("{name} is not in expected.json"));
        let event = fs::read(folder.join(&name)).unwrap();
        stories.push(Story { name, event, status, code, client });
    }
    assert!(table.is_empty(), "in expected.json without a file: {:?}", table.keys());
    assert!(stories.len() > 20, "only {} events", stories.len());
    let has = |name: String| stories.iter().any(|story: &Story| story.name == name);
    for story in &stories {
        assert!(has(story.name.replace("-single", "-multi")), "{} in one variant", story.name);
        assert!(has(story.name.replace("-multi", "-single")), "{} in one variant", story.name);
    }
    stories.sort_by(|one, other| one.name.cmp(&other.name));
    stories
}

/// The form that an event asks its answer to have.
pub(crate) fn header_mode(event: &[u8]) -> HeaderMode {
    match serde_json::from_slice::<Value>(event) {
        Ok(event) if event.get("multiValueHeaders").is_some() => HeaderMode::Multi,
        _ => HeaderMode::Single,
    }
}

impl Story {
    pub(crate) fn assert_answered(&self, answer: &Answer) {
        assert_eq!(answer.status, self.status, "{}: {answer:?}", self.name);
        if let Some(code) = &self.code {
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(&body["code"], code, "{}", self.name);
        }
    }
}
