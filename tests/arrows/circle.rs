//! Files that lead back to themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::house::Arrows;

/// Every circle, with the arrows that it is made of. To have found no arrow at all is a fault too.
pub(crate) fn faults(arrows: &Arrows) -> Vec<String> {
    if arrows.is_empty() {
        return vec!["no arrow is found: nothing was checked".to_owned()];
    }
    let files: BTreeSet<_> = arrows.keys().map(|(from, _)| from.as_str()).collect();
    let reached: BTreeMap<_, _> =
        files.into_iter().map(|file| (file, reached(arrows, file))).collect();
    let circles: BTreeSet<_> = reached.keys().map(|file| around(&reached, file)).collect();
    circles.iter().filter(|circle| !circle.is_empty()).map(|circle| told(arrows, circle)).collect()
}

/// The files that one reaches and that reach it.
fn around<'a>(reached: &BTreeMap<&str, BTreeSet<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let back = |other: &&str| reached.get(other).is_some_and(|files| files.contains(file));
    reached[file].iter().copied().filter(back).collect()
}

/// The files to which arrows lead from one: that one too, if one of them leads back.
fn reached<'a>(arrows: &'a Arrows, file: &'a str) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![file]);
    while let Some(file) = next.pop() {
        let ends = arrows.keys().filter(|(from, _)| from == file).map(|(_, to)| to.as_str());
        next.extend(ends.filter(|end| reached.insert(*end)));
    }
    reached
}

fn told(arrows: &Arrows, circle: &BTreeSet<&str>) -> String {
    let mut told = format!("{} go round in a circle:\n", circle.len());
    for ((from, to), names) in arrows {
        if circle.contains(from.as_str()) && circle.contains(to.as_str()) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            writeln!(told, "  {from} -> {to}: {}", names.join(", ")).unwrap();
        }
    }
    told + "Move what goes up into a file below both, or hand it down as a parameter.\n"
}
