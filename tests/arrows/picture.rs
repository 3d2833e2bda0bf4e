//! A picture of floors in a document, held against the arrows.

use std::collections::BTreeSet;

use crate::house::Arrows;

/// The lines of the picture that has this room on one of its own.
pub(crate) fn floors<'a>(document: &'a str, room: &str) -> &'a str {
    let mut pictures =
        document.split("```text\n").filter_map(|text| Some(text.split_once("```")?.0));
    let has_it =
        |picture: &&str| picture.lines().any(|line| line.split_whitespace().next() == Some(room));
    pictures.find(has_it).unwrap_or_default()
}

/// The rooms that the picture leaves out or has twice, and the arrows that go up in it.
pub(crate) fn faults(picture: &str, arrows: &Arrows, folder: &str) -> Vec<String> {
    let rooms: BTreeSet<_> = arrows.keys().flat_map(|(from, to)| [from, to]).collect();
    let floors: Vec<_> = picture.lines().flat_map(|line| named(line, &rooms, folder)).collect();
    let wrong = rooms.iter().filter(|room| floors.iter().filter(|it| it == *room).count() != 1);
    let wrong = wrong.map(|room| format!("{room} is not once in the picture"));
    let floor = |room: &String| floors.iter().position(|it| it == room);
    let up = arrows.iter().filter(|((from, to), _)| floor(from) >= floor(to));
    let up = up.map(|((from, to), names)| format!("{from} -> {to} goes up: {names:?}"));
    wrong.chain(up).collect()
}

/// The rooms that a line begins with; what follows is about them.
fn named(line: &str, rooms: &BTreeSet<&String>, folder: &str) -> Vec<String> {
    let words = line.split_whitespace().map(|word| format!("{folder}/{word}"));
    words.take_while(|word| rooms.contains(word)).collect()
}
