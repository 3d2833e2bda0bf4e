//! Arrows only go down: no file uses a file that uses it, be it by way of others.
//!
//! An arrow is a path in the code, of a `use` or in full, from its file to the one that defines what it names,
//! however often that is re-exported on the way. What only lists its modules has none; documents and tests
//! may look anywhere. A method that is called on a value has no path, and is not seen.

#![cfg(test)]

mod circle;
mod house;
mod made_up;
mod picture;
mod reader;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use house::Arrows;

/// What a file may have of lines, with its tests.
const LINES: usize = 350;

/// Where all settings are known; every other file takes those that it needs.
const KNOW_ALL_SETTINGS: [&str; 4] =
    ["src/app.rs", "src/lib.rs", "src/settings.rs", "src/settings/"];

#[test]
fn arrows_of_the_function_only_go_down() {
    assert_none(&circle::faults(&arrows(&["src/lib.rs", "src/main.rs"])));
}

#[test]
fn arrows_of_the_command_and_the_stand_ins_only_go_down() {
    assert_none(&circle::faults(&arrows(&["local/src/lib.rs", "local/src/main.rs"])));
}

#[test]
fn arrows_of_the_fetcher_only_go_down() {
    let roots = ["crl-fetcher/src/lib.rs", "crl-fetcher/src/main.rs"];
    assert_none(&circle::faults(&arrows(&roots)));
}

#[test]
fn arrows_of_the_fuzzing_only_go_down() {
    let targets = files("fuzz/fuzz_targets");
    let roots: Vec<_> = targets.iter().map(String::as_str).chain(["fuzz/src/lib.rs"]).collect();
    assert_none(&circle::faults(&arrows(&roots)));
}

#[test]
fn arrows_between_the_rooms_of_a_folder_only_go_down() {
    let function = arrows(&["src/lib.rs"]);
    let command = arrows(&["local/src/lib.rs", "local/src/main.rs"]);
    let fetcher = arrows(&["crl-fetcher/src/lib.rs", "crl-fetcher/src/main.rs"]);
    for arrows in [function, command, fetcher] {
        let files = arrows.keys().map(|(from, _)| from.as_str());
        let folders: BTreeSet<_> =
            files.filter_map(|file| Some(file.rsplit_once('/')?.0)).collect();
        assert!(folders.len() > 1);
        let rooms = folders.into_iter().map(|folder| between_rooms(&arrows, folder));
        rooms.filter(|rooms| !rooms.is_empty()).for_each(|it| assert_none(&circle::faults(&it)));
    }
}

#[test]
fn pictures_of_the_floors_are_true() {
    let arrows = arrows(&["src/lib.rs"]);
    let document = fs::read_to_string(here().join("docs/design.md")).unwrap();
    for (folder, top) in [("src", "app"), ("src/trust", "authentication")] {
        let rooms = between_rooms(&arrows, folder);
        assert_none(&picture::faults(picture::floors(&document, top), &rooms, folder));
    }
}

#[test]
fn no_file_of_the_functions_is_too_long_to_be_read_at_once() {
    let files = [files("src"), files("crl-fetcher/src")].concat();
    assert!(!files.is_empty());
    let long = files.iter().filter_map(|file| {
        let lines = fs::read_to_string(here().join(file)).unwrap().lines().count();
        (lines > LINES).then(|| format!("{file} has {lines} lines; {LINES} is the most"))
    });
    assert_none(&long.collect::<Vec<_>>());
}

#[test]
fn no_stage_knows_all_settings() {
    assert_none(&knowing_too_much(&arrows(&["src/lib.rs"])));
}

/// The arrows between the rooms of a folder: whatever stands in it, with all that is below it.
fn between_rooms(arrows: &Arrows, folder: &str) -> Arrows {
    let room = |file: &str| {
        let inside = file.strip_prefix(folder)?.strip_prefix('/')?;
        let room = inside.split('/').next()?.trim_end_matches(".rs");
        Some(format!("{folder}/{room}"))
    };
    let mut rooms = Arrows::new();
    for ((from, to), names) in arrows {
        if let (Some(from), Some(to)) = (room(from), room(to))
            && from != to
        {
            rooms.entry((from, to)).or_default().extend(names.clone());
        }
    }
    rooms
}

/// The files that name `Settings` and are not where they are known.
fn knowing_too_much(arrows: &Arrows) -> Vec<String> {
    let names_all = |(ends, names): (&(String, String), &BTreeSet<String>)| {
        let (from, to) = ends;
        (to.starts_with("src/settings") && names.contains("Settings")).then(|| from.clone())
    };
    let mut knowing: Vec<_> = arrows.iter().filter_map(names_all).collect();
    if knowing.is_empty() {
        return vec!["no file names Settings: nothing was checked".to_owned()];
    }
    knowing.retain(|from| !KNOW_ALL_SETTINGS.iter().any(|known| from.starts_with(known)));
    knowing
        .iter()
        .map(|from| format!("{from} names Settings: hand it those that it needs"))
        .collect()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn arrows(roots: &[&str]) -> Arrows {
    house::arrows(here(), roots)
}

/// The Rust files in a folder, and in those below it.
fn files(folder: &str) -> Vec<String> {
    let paths = fs::read_dir(here().join(folder)).unwrap();
    let paths = paths.map(|entry| PathBuf::from(folder).join(entry.unwrap().file_name()));
    let found = paths.flat_map(|path| {
        let name = path.to_str().unwrap().to_owned();
        match here().join(&path).is_dir() {
            true => files(&name),
            false => Vec::from_iter(name.ends_with(".rs").then_some(name)),
        }
    });
    found.collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
