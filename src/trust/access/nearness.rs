//! How near a name comes to those that there are.

use std::fmt;

use super::{
    directory::Directory,
    written::{WrittenName, parts},
};

/// How a name differs from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// All its parts are there.
    Order,
    /// It is the same in the manner of openssl, Java or Windows.
    Manner,
    /// It has more parts or fewer.
    Parts,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "in another order",
            Self::Manner => "in another spelling",
            Self::Parts => "with other parts around",
        })
    }
}

/// The one of these names that comes nearest, and in what it differs.
pub(in crate::trust) fn nearly(
    name: &WrittenName,
    others: &Directory<'_>,
) -> Option<(Difference, String)> {
    let own = parts(name.folded());
    let in_order = || Some((Difference::Order, others.of_parts(&own)?));
    let in_manner = || Some((Difference::Manner, others.named(name.elsewhere()?.folded())?));
    let in_parts = || {
        let common = own.iter().filter(|part| is_common_name(part));
        let mut alike = common
            .flat_map(|part| others.with_part(part))
            .filter(|other| is_within(&own, other.parts()) || is_within(other.parts(), &own));
        Some((Difference::Parts, alike.next()?))
    };
    let (how, other) = in_order().or_else(in_manner).or_else(in_parts)?;
    Some((how, other.text()))
}

/// Whether one name is the other without some of its parts.
fn is_within(few: &[String], many: &[String]) -> bool {
    few.iter().any(|it| is_common_name(it)) && few.iter().all(|it| many.contains(it))
}

fn is_common_name(attribute: &str) -> bool {
    attribute.starts_with("2.5.4.3 ")
}
