//! The check itself, on houses that are made up: no circle is trusted to be found that was never seen found.

use std::fs;

use crate::{
    between_rooms, circle,
    house::{self, Arrows},
    knowing_too_much, picture,
};

/// Files by their names, and what is in them; the first is the root.
type Files<'a> = &'a [(&'a str, &'a str)];

const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b;");
/// It uses the other: any way back is a circle.
const B: (&str, &str) = ("b.rs", "pub struct B(crate::a::A); pub fn b() {}");

#[test]
fn circle_is_found_wherever_it_is_named() {
    for a in [
        "pub struct A(crate::b::B);",
        "pub struct A(Vec<Option<super::b::B>>);",
        "pub struct A(B); use crate::{b::B};",
        "pub struct A(b::B); use crate::b::{self};",
        "pub struct A(c::B); use super::b as c;",
        "pub struct A(c::B); use super::b::{self as c};",
        "pub struct A(B); use crate::b::*;",
        "pub struct A; use crate::b::B::Variant;",
        "pub struct A; pub use super::b::B;",
        "pub struct A; fn a() { crate::b::b() }",
        "pub struct A; fn a() { use crate::b::b; b() }",
        "pub struct A; fn a(x @ crate::b::B(_): X) {}",
        "pub struct A; impl A { fn a() -> Self { crate::b::B::a() } }",
        "pub struct A; impl crate::b::B { fn a() {} }",
        "pub struct A; fn a() { crate::b::b!() }",
        "pub struct A; fn a() { x!(1, y = [z..crate::b::b()]) }",
        "#[error(\"\", crate::b::b())] pub struct A;",
        "pub struct A { #[serde(with = \"crate::b::B\")] a: X }",
        "pub struct A; mod c { use super::super::b::b; }",
    ] {
        let found = faults(&[ROOT, B, ("a.rs", a)]);
        assert_eq!(found.len(), 1, "{a}: {found:?}");
        assert!(found[0].contains("  a.rs -> b.rs: "), "{a}: {found:?}");
    }
}

#[test]
fn no_circle_is_found_where_nothing_of_the_code_leads_back() {
    for a in [
        "pub struct A; impl A {}",
        "pub struct A; use crate::b;",
        "pub struct A(::b::B); use crate::b; use ::b::B as C; use c::b::B;",
        "pub struct A(B); struct B; use crate::b::*;",
        "/// As [`crate::b::B`].\npub struct A; // crate::b::B",
        "pub struct A; const T: &str = \"crate::b::B\";",
        "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        "pub struct A; #[cfg(test)] mod nowhere;",
        "pub struct A; #[cfg(test)] use crate::b::B;",
        "pub(in crate::b) struct A;",
    ] {
        assert_eq!(faults(&[ROOT, B, ("a.rs", a)]), Vec::<String>::new(), "{a}");
    }
}

#[test]
fn root_that_is_used_is_in_a_circle_where_it_uses_and_not_where_it_only_lists() {
    for (root, circles) in [
        ("pub use a::A; pub use b::{B, b};", 0),
        ("pub use b::b; fn c(b: X) { b }", 0),
        ("pub use b::b; fn c() { x!(y.b) }", 0),
        ("pub use b::b; fn c() { b() }", 1),
        ("pub use b::B; fn c() { match x { B => 1 } }", 1),
        ("use b::B;", 1),
    ] {
        let root = format!("mod a; mod b; pub struct Root; {root}");
        let found = faults(&[("lib.rs", &root), B, ("a.rs", "pub struct A(crate::Root);")]);
        assert_eq!(found.len(), circles, "{root}: {found:?}");
    }
}

#[test]
fn module_is_found_where_its_attribute_says_and_beside_a_function_of_its_name() {
    let root = "mod a; #[path = \"c.rs\"] mod b; fn b() {}";
    let found = faults(&[("lib.rs", root), ("c.rs", B.1), ("a.rs", "pub struct A(crate::b::B);")]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn parent_that_uses_what_uses_it_is_in_a_circle_with_it_alone() {
    let found = faults(&[
        ("lib.rs", "mod a; pub struct Top(a::A);"),
        ("a.rs", "mod b; mod c; pub use self::b::B; pub struct A(B); pub struct Below;"),
        ("a/b.rs", "use super::Below; pub struct B(Below, super::c::C);"),
        ("a/c.rs", "pub struct C;"),
    ]);
    let told = "2 go round in a circle:
  a.rs -> a/b.rs: B
  a/b.rs -> a.rs: Below
Move what goes up into a file below both, or hand it down as a parameter.
";
    assert_eq!(found, [told]);
}

#[test]
fn circle_is_found_through_re_exports() {
    let found = faults(&[
        ("lib.rs", "mod a; mod c; pub use a::*;"),
        ("a/mod.rs", "mod b; pub use b::B as Renamed;"),
        ("a/b.rs", "pub struct B(crate::c::C);"),
        ("c.rs", "pub struct C(crate::Renamed);"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("  c.rs -> a/b.rs: B\n"), "{found:?}");
}

#[test]
fn rooms_that_use_each_other_are_found_though_no_file_does() {
    let house = |d: &str| {
        arrows(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "pub mod c; pub mod d;"),
            ("src/a/c.rs", "pub struct C(crate::b::B);"),
            ("src/a/d.rs", d),
            ("src/b.rs", "pub struct B(crate::a::d::D);"),
        ])
    };
    let rooms = between_rooms(&house("pub struct D;"), "src");
    assert_eq!(circle::faults(&house("pub struct D;")), Vec::<String>::new());
    assert_eq!(circle::faults(&rooms).len(), 1, "{rooms:?}");
    let below = between_rooms(&house("pub struct D(super::c::C);"), "src/a");
    assert_eq!(circle::faults(&below), Vec::<String>::new());
}

#[test]
fn picture_that_leaves_a_room_out_or_has_an_arrow_go_up_is_not_true() {
    let house = [ROOT, B, ("a.rs", "pub struct A;")];
    let told = |picture: &str| {
        let document = format!("```text\n other\n```\nas here:\n```text\n{picture}```\n");
        let rooms = between_rooms(&inside("src", &arrows(&house)), "src");
        picture::faults(picture::floors(&document, "b"), &rooms, "src")
    };
    assert_eq!(told(" b    uses a\n a    is used\n"), Vec::<String>::new());
    assert_eq!(told(" b a\n"), Vec::<String>::new());
    assert_eq!(told(" a\n b\n"), ["src/b -> src/a goes up: {\"A\"}"]);
    assert_eq!(told(" b\n a\n b\n"), ["src/b is not once in the picture"]);
    assert_eq!(told(" b\n").len(), 2);
    assert_eq!(told(" c\n").len(), 3);
}

#[test]
fn house_in_which_nothing_is_found_is_not_passed() {
    let nothing = ["no arrow is found: nothing was checked"];
    assert_eq!(circle::faults(&house::arrows("".as_ref(), &[])), nothing);
    assert_eq!(faults(&[("lib.rs", "mod a;"), ("a.rs", "pub struct A;")]), nothing);
}

#[test]
#[should_panic(expected = "b/mod.rs")]
fn file_that_cannot_be_read_is_not_passed() {
    faults(&[("lib.rs", "mod b;")]);
}

#[test]
fn stage_that_knows_all_settings_is_found_by_whatever_name_it_has_them() {
    let found = |stage: &str| {
        knowing_too_much(&arrows(&[
            (
                "src/lib.rs",
                "mod other; mod settings; mod stage; pub use settings::Settings as All; fn f(_: All) {}",
            ),
            ("src/settings.rs", "pub struct Settings; pub struct One;"),
            ("src/other.rs", "pub struct Settings;"),
            ("src/stage.rs", stage),
        ]))
    };
    let told = ["src/stage.rs names Settings: hand it those that it needs"];
    assert_eq!(found("use crate::settings::Settings as Everything;"), told);
    assert_eq!(found("fn stage(_: &super::All) {}"), told);
    assert_eq!(found("use crate::{other::Settings, settings::One};"), Vec::<String>::new());
    let nothing = ["no file names Settings: nothing was checked"];
    assert_eq!(knowing_too_much(&arrows(&[ROOT, B, ("a.rs", "pub struct A;")])), nothing);
}

/// The same arrows, in a folder.
fn inside(folder: &str, arrows: &Arrows) -> Arrows {
    let inside = |file: &String| format!("{folder}/{file}");
    arrows.iter().map(|((from, to), it)| ((inside(from), inside(to)), it.clone())).collect()
}

fn faults(files: Files<'_>) -> Vec<String> {
    circle::faults(&arrows(files))
}

fn arrows(files: Files<'_>) -> Arrows {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    house::arrows(folder.path(), &[files[0].0])
}
