//! Which files of a crate name each other, and the circles among them.
//!
//! A file names another when one of its paths (in a `use`, in code, in the tokens of a macro) leads into a module of the
//! other file. `mod x;` alone is no such path: it says where a file is, not that the parent needs it. Re-exports are not
//! followed: `use crate::Thing` leads to the crate's root even if the root only re-exports `Thing`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::check::CheckError;
use crate::sources;

/// The files of one target, reached from its root by `mod` declarations, and the paths that lead from one to another.
#[derive(Debug, Default)]
pub(crate) struct FileGraph {
    files: Vec<PathBuf>,
    /// Module path inside the crate (empty for the root) → index of the file that holds it.
    modules: BTreeMap<Vec<String>, usize>,
    /// `(from, to)` → the first path that makes the edge, and its line.
    edges: BTreeMap<(usize, usize), (String, usize)>,
    /// `mod` declarations without a file.
    missing: Vec<String>,
}

impl FileGraph {
    /// Reads the target whose root file is `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, CheckError> {
        let mut graph = Self::default();
        let mut parsed = Vec::new();
        graph.load(root.to_owned(), Vec::new(), root.parent().unwrap_or(Path::new("")).to_owned(), &mut parsed)?;
        for (file, (module, syntax)) in parsed.iter().enumerate() {
            let mut naming = Naming { graph: &mut graph, file, module: module.clone() };
            naming.visit_file(syntax);
        }
        Ok(graph)
    }

    /// `mod` declarations that lead nowhere, as sentences.
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The circles: each a list of `file:line names path (other file)`, every edge inside the circle once.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reach: Vec<BTreeSet<usize>> = (0..self.files.len()).map(|from| self.reachable(from)).collect();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut circles = Vec::new();
        for (from, reached) in reach.iter().enumerate() {
            if !reached.contains(&from) || seen.contains(&from) {
                continue;
            }
            let members: BTreeSet<usize> = reached.iter().copied().filter(|to| reach[*to].contains(&from)).collect();
            seen.extend(&members);
            circles.push(
                self.edges
                    .iter()
                    .filter(|((a, b), _)| members.contains(a) && members.contains(b))
                    .map(|((a, b), (path, line))| {
                        let (a, b) = (self.files[*a].display(), self.files[*b].display());
                        format!("{a}:{line} names {path} ({b})")
                    })
                    .collect(),
            );
        }
        circles
    }

    fn reachable(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            for (_, to) in self.edges.keys().filter(|(a, _)| *a == at) {
                if reached.insert(*to) {
                    waiting.push(*to);
                }
            }
        }
        reached
    }

    /// Reads one file and, through its `mod` declarations, those below it. `folder` is where its children lie.
    fn load(
        &mut self,
        path: PathBuf,
        module: Vec<String>,
        folder: PathBuf,
        parsed: &mut Vec<(Vec<String>, syn::File)>,
    ) -> Result<(), CheckError> {
        let text = sources::read(&path)?;
        let syntax = syn::parse_file(&text).map_err(|source| CheckError::Rust { path: path.clone(), source })?;
        let index = self.files.len();
        self.files.push(path);
        self.modules.insert(module.clone(), index);
        let mut children = Vec::new();
        self.find_children(&syntax.items, &module, &folder, index, &mut children);
        parsed.push((module, syntax));
        for (path, module, folder) in children {
            self.load(path, module, folder, parsed)?;
        }
        Ok(())
    }

    fn find_children(
        &mut self,
        items: &[syn::Item],
        module: &[String],
        folder: &Path,
        file: usize,
        children: &mut Vec<(PathBuf, Vec<String>, PathBuf)>,
    ) {
        for item in items {
            let syn::Item::Mod(declared) = item else { continue };
            let name = declared.ident.to_string();
            let module: Vec<String> = module.iter().cloned().chain([name.clone()]).collect();
            if let Some((_, items)) = &declared.content {
                self.modules.insert(module.clone(), file);
                self.find_children(items, &module, &folder.join(&name), file, children);
                continue;
            }
            let flat = folder.join(format!("{name}.rs"));
            let nested = folder.join(&name).join("mod.rs");
            let own = path_attribute(declared).and_then(|own| Some(self.files[file].parent()?.join(own)));
            match own.into_iter().chain([flat, nested]).find(|path| path.is_file()) {
                Some(path) => children.push((path, module, folder.join(&name))),
                None => self.missing.push(format!("{}: mod {name}; has no file", self.files[file].display())),
            }
        }
    }

    /// The file that holds the longest module prefix of an absolute path.
    fn file_of(&self, path: &[String]) -> Option<usize> {
        (0..=path.len()).rev().find_map(|end| self.modules.get(&path[..end]).copied())
    }
}

fn path_attribute(declared: &syn::ItemMod) -> Option<String> {
    declared.attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Walks one file and records the files that its paths lead to.
struct Naming<'g> {
    graph: &'g mut FileGraph,
    file: usize,
    /// The module being walked: the file's own, or an inline one inside it.
    module: Vec<String>,
}

impl Naming<'_> {
    fn name(&mut self, segments: &[String], line: usize) {
        let Some(absolute) = self.absolute(segments) else { return };
        if let Some(to) = self.graph.file_of(&absolute)
            && to != self.file
        {
            self.graph.edges.entry((self.file, to)).or_insert_with(|| (segments.join("::"), line));
        }
    }

    /// The path from the crate's root; `None` for paths that leave the crate or stay inside the module.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some(self.module.iter().chain(rest).cloned().collect()),
            "super" => {
                let mut base = self.module.clone();
                let ups = segments.iter().take_while(|segment| *segment == "super").count();
                base.truncate(base.len().checked_sub(ups)?);
                Some(base.into_iter().chain(segments[ups..].iter().cloned()).collect())
            }
            _ => {
                let child: Vec<String> = self.module.iter().cloned().chain([first.clone()]).collect();
                self.graph.modules.contains_key(&child).then(|| child.into_iter().chain(rest.iter().cloned()).collect())
            }
        }
    }

    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.name(&with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Rename(rename) => self.name(&with(&rename.ident), rename.ident.span().start().line),
            syn::UseTree::Glob(glob) => self.name(before, glob.span().start().line),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before)),
        }
    }

    /// Macros are not expanded: every `a::b` among their tokens counts as a path.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end_of_path(&mut path);
                    }
                    path.push(ident);
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.end_of_path(&mut path);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.end_of_path(&mut path);
    }

    fn end_of_path(&mut self, path: &mut Vec<Ident>) {
        if path.len() > 1 {
            let segments: Vec<String> = path.iter().map(Ident::to_string).collect();
            self.name(&segments, path[0].span().start().line);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Naming<'_> {
    fn visit_item_mod(&mut self, declared: &'ast syn::ItemMod) {
        if let Some((_, items)) = &declared.content {
            self.module.push(declared.ident.to_string());
            items.iter().for_each(|item| self.visit_item(item));
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.use_tree(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.name(&segments, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        self.visit_path(&invoked.path);
        self.tokens(invoked.tokens.clone());
    }

    /// `pub(crate)` and attributes hold paths that import nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, FileGraph) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let graph = FileGraph::read(&folder.path().join("lib.rs")).unwrap();
        (folder, graph)
    }

    #[test]
    fn two_files_that_use_each_other_are_a_circle() {
        let (_folder, graph) = tree(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B;\npub struct A(B);"),
            ("b.rs", "use super::a::A;\npub struct B(Option<Box<A>>);"),
        ]);
        let circles = graph.circles();
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].len(), 2);
        assert!(circles[0][0].contains("a.rs:1 names crate::b::B"), "{circles:?}");
    }

    #[test]
    fn a_longer_circle_is_one_circle() {
        let (_folder, graph) = tree(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B; fn f() { crate::c::f() }"),
            ("c.rs", "pub fn f() { assert!(crate::a::A == crate::a::A) }"),
        ]);
        let circles = graph.circles();
        assert_eq!(circles.len(), 1, "{circles:?}");
        assert_eq!(circles[0].len(), 3, "the macro's path closes it: {circles:?}");
    }

    #[test]
    fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_circle() {
        let (_folder, graph) =
            tree(&[("lib.rs", "mod a; pub use a::A; pub struct R;"), ("a.rs", "pub struct A(super::R);")]);
        assert_eq!(graph.circles().len(), 1);
    }

    #[test]
    fn declarations_tests_visibility_and_foreign_paths_are_no_circle() {
        let (_folder, graph) = tree(&[
            ("lib.rs", "pub mod a; pub mod b { pub mod c; } pub struct R; #[cfg(test)] mod tests;"),
            ("a.rs", "use crate::R; use std::fmt; pub(crate) struct A(R); mod tests { use super::*; }"),
            ("b/c.rs", "use crate::a::A; use crate::R;"),
            ("tests.rs", "use super::*; use super::b::c;"),
        ]);
        assert_eq!(graph.circles(), Vec::<Vec<String>>::new());
        assert_eq!(graph.files.len(), 4);
        assert!(graph.missing().is_empty());
    }

    #[test]
    fn a_module_without_a_file_is_reported() {
        let (_folder, graph) = tree(&[("lib.rs", "mod gone;")]);
        assert_eq!(graph.missing().len(), 1);
    }
}
