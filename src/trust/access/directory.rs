//! Names that rules are held against.

use std::{cell::OnceCell, collections::HashMap};

use x509_cert::name::Name;

use super::written::parts;
use crate::certificate::{identity, names::folded_text};

/// Names, each once, by what rules look for.
pub(in crate::trust) struct Directory<'a> {
    names: Vec<Named<'a>>,
    by_folded: HashMap<String, usize>,
    by_parts: OnceCell<HashMap<Vec<String>, usize>>,
    by_part: OnceCell<HashMap<String, Vec<usize>>>,
}

/// A name that is there, and its folded form.
pub(in crate::trust) struct Named<'a> {
    name: &'a Name,
    pub(in crate::trust) folded: String,
    parts: OnceCell<Vec<String>>,
}

impl<'a> Directory<'a> {
    pub(in crate::trust) fn of(all: impl IntoIterator<Item = Named<'a>>) -> Self {
        let (mut names, mut by_folded) = (Vec::new(), HashMap::new());
        for name in all {
            by_folded.entry(name.folded.clone()).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
        }
        Self { names, by_folded, by_parts: OnceCell::new(), by_part: OnceCell::new() }
    }

    /// The one of this folded name.
    pub(in crate::trust) fn named(&self, folded: &str) -> Option<&Named<'a>> {
        self.names.get(*self.by_folded.get(folded)?)
    }

    /// The first that has these parts, in whichever order.
    pub(in crate::trust) fn of_parts(&self, parts: &[String]) -> Option<&Named<'a>> {
        let by_parts = self.by_parts.get_or_init(|| {
            // The first of several counts.
            let all = self.names.iter().enumerate().rev();
            all.map(|(position, name)| (name.parts().to_vec(), position)).collect()
        });
        self.names.get(*by_parts.get(parts)?)
    }

    /// Those that have this part.
    pub(in crate::trust) fn with_part(&self, part: &str) -> impl Iterator<Item = &Named<'a>> {
        let by_part = self.by_part.get_or_init(|| {
            let mut by_part: HashMap<String, Vec<usize>> = HashMap::new();
            for (name, position) in self.names.iter().zip(0..) {
                for part in name.parts() {
                    by_part.entry(part.clone()).or_default().push(position);
                }
            }
            by_part
        });
        let positions = by_part.get(part).into_iter().flatten();
        positions.filter_map(|position| self.names.get(*position))
    }
}

impl<'a> Named<'a> {
    pub(in crate::trust) fn of(name: &'a Name) -> Self {
        Self { name, folded: folded_text(name), parts: OnceCell::new() }
    }

    pub(in crate::trust) fn parts(&self) -> &[String] {
        self.parts.get_or_init(|| parts(&self.folded))
    }

    /// As RFC 4514 writes it.
    pub(in crate::trust) fn text(&self) -> String {
        identity::name(self.name)
    }
}
