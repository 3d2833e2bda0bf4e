//! A crate as its files: what each defines, and what it names of the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    ptr,
};

use crate::reader;

/// From a file to another: the names that the first takes from the second.
pub(crate) type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// The modules of a crate; the first is its root.
pub(crate) struct House {
    pub(crate) modules: Vec<Module>,
}

#[derive(Default)]
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    pub(crate) defined: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    pub(crate) named: BTreeSet<Vec<String>>,
    /// What patterns give a name to: such a name alone is no item.
    pub(crate) bound: BTreeSet<String>,
}

/// One name of a `use`, `*` for all that there are.
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) public: bool,
}

/// What a name can be: an item has the module that defines it, and its own name there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Module(usize),
    Item(usize, String),
}

/// The arrows between the files of crates, each of which has its root at a path below the folder.
pub(crate) fn arrows(folder: &Path, roots: &[&str]) -> Arrows {
    roots.iter().flat_map(|root| reader::read(folder, root).arrows()).collect()
}

impl House {
    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (here, module) in self.modules.iter().enumerate() {
            let used = module.imports.iter().filter(|import| !self.only_shows(here, import));
            let used = used.map(|import| &import.path);
            let bound = |path: &[String]| matches!(path, [name] if module.bound.contains(name));
            let named = module.named.iter().filter(|path| !bound(path));
            for place in used.chain(named).flat_map(|path| self.places(here, path)) {
                let Place::Item(there, name) = place else { continue };
                let ends = (module.file.clone(), self.modules[there].file.clone());
                if ends.0 != ends.1 {
                    arrows.entry(ends).or_default().insert(name);
                }
            }
        }
        arrows
    }

    /// Whether an import only shows outside what a module below has.
    fn only_shows(&self, here: usize, import: &Import) -> bool {
        let below = |place: &Place| {
            let (Place::Module(module) | Place::Item(module, _)) = place;
            let mut above = Some(*module);
            while above.is_some_and(|module| module != here) {
                above = above.and_then(|module| self.modules[module].parent);
            }
            above.is_some()
        };
        import.public && self.places(here, &import.path).iter().all(below)
    }

    /// All that a path in a module can mean; nothing where it leads out of the crate.
    fn places(&self, here: usize, path: &[String]) -> Vec<Place> {
        self.lead(here, path, &mut Vec::new())
    }

    /// Follows a path by way of imports, none of which leads to itself.
    fn lead<'a>(&'a self, here: usize, path: &[String], on: &mut Vec<&'a Import>) -> Vec<Place> {
        let mut places = vec![Place::Module(here)];
        for (step, name) in path.iter().enumerate() {
            // Where a module and a function share a name, only the module leads on.
            let module = match places.into_iter().min() {
                None => return vec![],
                Some(Place::Module(module)) => module,
                Some(item) => return vec![item],
            };
            places = match name.as_str() {
                "crate" if step == 0 => vec![Place::Module(0)],
                "self" => vec![Place::Module(module)],
                "super" => self.modules[module].parent.map(Place::Module).into_iter().collect(),
                name => self.find(module, name, on),
            };
        }
        places
    }

    /// What a module has under a name: of its own, by an import of that name, or of all that there are.
    fn find<'a>(&'a self, here: usize, name: &str, on: &mut Vec<&'a Import>) -> Vec<Place> {
        let module = &self.modules[here];
        let child = module.children.get(name).map(|child| Place::Module(*child));
        let own = module.defined.get(name).map(|name| Place::Item(here, name.clone()));
        let mut places: Vec<_> = child.into_iter().chain(own).collect();
        for (wanted, rest) in [(name, None), ("*", Some(name))] {
            if rest.is_some() && !places.is_empty() {
                break;
            }
            for import in module.imports.iter().filter(|import| import.name == wanted) {
                if on.iter().any(|other| ptr::eq(*other, import)) {
                    continue;
                }
                on.push(import);
                let ends = self.lead(here, &import.path, on);
                places.extend(ends.into_iter().flat_map(|end| match (end, rest) {
                    (end, None) => vec![end],
                    (Place::Module(module), Some(name)) => self.find(module, name, on),
                    (Place::Item(..), Some(_)) => vec![],
                }));
                on.pop();
            }
        }
        places
    }
}
