//! Reads the files of a crate from its root on, as the compiler finds them. What is there for tests only is
//! left out: a test may look anywhere.

use std::{
    fs, mem,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Expr, ExprLit, Ident, Item, ItemMod, ItemUse, Lit, Macro, Meta, MetaList, PatIdent,
    UseTree, Visibility,
    visit::{self, Visit},
};

use crate::house::{House, Import, Module};

/// The crate that has its root at a path below a folder.
pub(crate) fn read(folder: &Path, root: &str) -> House {
    let first = Module { file: root.to_owned(), ..Module::default() };
    let mut house = House { modules: vec![first] };
    let below = Path::new(root).parent().unwrap().to_owned();
    Reader { house: &mut house, folder, here: 0, below }.file();
    house
}

struct Reader<'a> {
    house: &'a mut House,
    folder: &'a Path,
    /// The module that is read.
    here: usize,
    /// Where the files of its children are.
    below: PathBuf,
}

impl Reader<'_> {
    fn file(&mut self) {
        let path = self.folder.join(&self.module().file);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        self.items(&file.items);
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            let (attributes, name) = head(item);
            if !attributes.iter().any(is_for_tests) {
                self.module().defined.extend(name.map(Ident::to_string));
                self.visit_item(item);
            }
        }
    }

    fn module(&mut self) -> &mut Module {
        &mut self.house.modules[self.here]
    }

    fn name(&mut self, path: Vec<String>) {
        self.module().named.insert(path);
    }

    fn import(&mut self, tree: &UseTree, mut path: Vec<String>, public: bool) {
        let (name, last) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.import(&tree.tree, path, public);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, path.clone(), public));
            }
            UseTree::Glob(_) => ("*".to_owned(), None),
            UseTree::Name(tree) => (tree.ident.to_string(), Some(tree.ident.to_string())),
            UseTree::Rename(tree) => (tree.rename.to_string(), Some(tree.ident.to_string())),
        };
        let name = if name == "self" { path.last().unwrap().clone() } else { name };
        path.extend(last);
        self.module().imports.push(Import { name, path, public });
    }

    /// The paths in what only a macro can read.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut before) = (Vec::new(), String::new());
        for token in tokens {
            match &token {
                TokenTree::Punct(point) => before.push(point.as_char()),
                TokenTree::Ident(name) => {
                    if before != "::" {
                        self.name(mem::take(&mut path));
                    }
                    // After a single point it is a field or a method.
                    if !before.ends_with('.') || before.ends_with("..") {
                        path.push(name.to_string());
                    }
                    before.clear();
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    before = ")".to_owned();
                }
                TokenTree::Literal(_) => before = "0".to_owned(),
            }
        }
        self.name(path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.to_string();
        let child = self.house.modules.len();
        let below = self.below.join(&name);
        let own = item.attrs.iter().find_map(path_of);
        let file = match (&item.content, own) {
            (Some(_), _) => self.module().file.clone(),
            (None, Some(own)) => {
                Path::new(&self.module().file).with_file_name(own).display().to_string()
            }
            (None, None) => {
                let flat = below.with_extension("rs");
                let file =
                    if self.folder.join(&flat).exists() { flat } else { below.join("mod.rs") };
                file.display().to_string()
            }
        };
        self.module().children.insert(name, child);
        let parent = Some(self.here);
        self.house.modules.push(Module { file, parent, ..Module::default() });
        let mut reader = Reader { house: self.house, folder: self.folder, here: child, below };
        match &item.content {
            Some((_, items)) => reader.items(items),
            None => reader.file(),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, vec![], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.name(names(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        let name = pattern.ident.to_string();
        // A constant looks like a variable here, but for its letters.
        if name.starts_with(char::is_uppercase) {
            self.name(vec![name]);
        } else {
            self.module().bound.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        self.tokens(list.tokens.clone());
        // `serde` takes its functions as text.
        for token in list.tokens.clone() {
            if let TokenTree::Literal(text) = token
                && text.to_string().contains("::")
                && let Ok(path) = syn::parse_str(text.to_string().trim_matches('"'))
            {
                self.name(names(&path));
            }
        }
    }
}

/// What an item is marked with, and the name that it defines.
fn head(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Mod(item) => (&item.attrs, None),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let asks = |list: &MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
    matches!(&attribute.meta, Meta::List(list) if asks(list))
}

fn names(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// The file that an attribute of a module names.
fn path_of(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    match &meta.value {
        Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) if meta.path.is_ident("path") => {
            Some(path.value())
        }
        _ => None,
    }
}
