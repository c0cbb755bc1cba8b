//! docs/manual/errors.md: families and sentences are written by hand; which codes there are, and what the program says to
//! do next, come from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::check::{CheckError, Findings};
use crate::sources::{files_below, read};

/// The page with one row for every code of the sources; a code without a sentence, or of a family that the page's first
/// table does not have, is a fault.
pub(super) fn page(root: &Path, old: &str, findings: &mut Findings) -> Result<Result<String, String>, CheckError> {
    let Some((head, rows)) = old.split_once(MARKER) else { return Ok(Err(format!("the heading {MARKER} is gone"))) };
    let families: BTreeSet<&str> = head.lines().filter_map(family_of).collect();
    let sentences: BTreeMap<&str, &str> = rows.lines().filter_map(row).collect();
    let literals = literals(root)?;
    let advice = advice(root)?;

    let mut sections: BTreeMap<&str, Vec<&str>> = families.iter().map(|family| (*family, Vec::new())).collect();
    for (literal, places) in &literals {
        let Some((family, _)) = literal.split_once('.') else { continue };
        if let Some(section) = sections.get_mut(family) {
            section.push(literal);
        } else if !NO_CODES.contains(&family) {
            findings.faults.push(format!("{literal} ({places}): {ERRORS_PAGE} has no such family"));
        }
    }
    let mut out = format!("{head}{MARKER}");
    for (family, codes) in &sections {
        if codes.is_empty() {
            findings.faults.push(format!("{family}.: no code of this family is left in the sources"));
        }
        let _ = write!(out, "\n### `{family}.`\n");
        if let Some(advice) = advice.get(*family) {
            let _ = write!(out, "\nNext, unless the row says otherwise: {advice}\n");
        }
        out.push_str("\n| code | says | next |\n|---|---|---|\n");
        for code in codes {
            let says = sentences.get(code).copied().unwrap_or_default();
            if says.is_empty() {
                findings.faults.push(format!("{code}: {ERRORS_PAGE} does not say what it means"));
            }
            let next = advice.get(*code).map_or(String::new(), |advice| format!("{advice} "));
            let _ = writeln!(out, "| `{code}` | {says} | {next}|");
        }
    }
    findings.notes.push(format!(
        "{} codes in {} families",
        sections.values().map(Vec::len).sum::<usize>(),
        sections.len()
    ));
    Ok(Ok(out))
}

/// The family of a row of the first table: `` | [`record.`](#record) | … ``.
fn family_of(line: &str) -> Option<&str> {
    line.strip_prefix("| [`")?.split_once(".`]").map(|(family, _)| family)
}

/// Code and sentence of a row of the second part; a sentence may hold no bar.
fn row(line: &str) -> Option<(&str, &str)> {
    let (code, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
    rest.split_once(" |").map(|(says, _)| (code, says))
}

/// Every string of the program's sources that has the form of a code, and where it stands first; tests are left out.
fn literals(root: &Path) -> Result<BTreeMap<String, String>, CheckError> {
    let mut found = BTreeMap::new();
    for folder in ["crates", "cli"] {
        for path in files_below(&root.join(folder), "rs")? {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            // The replayer of vectors names its operations in the form of codes, and refuses nothing itself.
            // So do the cases of a qualification their checks and variables.
            // And the table of acts, which operators ask for.
            let names_things = name.starts_with("crates/qualify/") && !name.ends_with("/error.rs")
                || name == "crates/issuance/src/operator/acts.rs";
            if name.contains("/tests/") || name.starts_with("crates/vectors/") || names_things {
                continue;
            }
            let mut strings = Strings::default();
            strings.visit_file(&parse(&path)?);
            for literal in strings.found.into_iter().filter(|literal| is_code(literal)) {
                found.entry(literal).or_insert_with(|| name.clone());
            }
        }
    }
    Ok(found)
}

/// Code or family → what `advice` of the command line says.
fn advice(root: &Path) -> Result<BTreeMap<String, String>, CheckError> {
    let mut arms = AdviceArms::default();
    arms.visit_file(&parse(&root.join("cli/src/failure.rs"))?);
    Ok(arms.found)
}

fn parse(path: &Path) -> Result<syn::File, CheckError> {
    syn::parse_file(&read(path)?).map_err(|source| CheckError::Rust { path: path.to_owned(), source })
}

fn is_code(literal: &str) -> bool {
    let word = |text: &str, hyphens: bool| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || hyphens && b == b'-')
    };
    literal.split_once('.').is_some_and(|(family, rest)| {
        word(family, false) && word(rest, true) && !rest.ends_with('-') && !NAMES.contains(&literal)
    })
}

/// Strings of code and of the tokens of macros, without test modules and documentation.
#[derive(Default)]
struct Strings {
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Strings {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.found.insert(literal.value());
    }

    fn visit_macro(&mut self, of: &'ast syn::Macro) {
        collect(of.tokens.clone(), &mut self.found);
    }
}

fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    found.insert(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// The arms of the function `advice`: string patterns, and the one string of the arm's body.
#[derive(Default)]
struct AdviceArms {
    inside: bool,
    found: BTreeMap<String, String>,
}

impl<'ast> Visit<'ast> for AdviceArms {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.inside = function.sig.ident == "advice";
        visit::visit_item_fn(self, function);
        self.inside = false;
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let mut codes = Strings::default();
        codes.visit_pat(&arm.pat);
        let mut says = Strings::default();
        says.visit_expr(&arm.body);
        if let (true, Some(says)) = (self.inside, says.found.pop_first()) {
            self.found.extend(codes.found.into_iter().map(|code| (code, says.clone())));
        }
        visit::visit_arm(self, arm);
    }
}

const MARKER: &str = "## Every code\n";
const ERRORS_PAGE: &str = "docs/manual/errors.md";
/// First words of names that have the form of a code: checks of a terminal, and files.
const NO_CODES: [&str; 16] = [
    "access",
    "com",
    "csca",
    "dg11",
    "dg14",
    "dg3",
    "dg4",
    "eservices",
    "lock",
    "mrz",
    "register",
    "serial",
    "session",
    "sigillo",
    "sod",
    "transport",
];
/// A file and a column whose first word is that of codes.
const NAMES: [&str; 6] = ["card.serial", "job.json", "keystore.json", "keystore.jsonl", "office.toml", "trace.jsonl"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_files_versions_and_prefixes() {
        for code in ["scp03.card-cryptogram", "line.no-home", "record.json"] {
            assert!(is_code(code), "{code}");
        }
        for other in ["keystore.json", "keystore.jsonl", "1.8", "seal.chain-", "a b.c", "Line.x", "x.y.z"] {
            assert!(!is_code(other), "{other}");
        }
    }

    #[test]
    fn strings_come_from_code_and_macros_and_not_from_tests() {
        let mut strings = Strings::default();
        let source = r#"#[doc = "a"] fn f() { g("b"); println!("c {}", ("d")); } #[cfg(test)] mod tests { const X: &str = "e"; }"#;
        strings.visit_file(&syn::parse_file(source).unwrap());
        assert_eq!(strings.found.into_iter().collect::<Vec<_>>(), ["b", "c {}", "d"]);
    }

    #[test]
    fn an_arm_gives_its_advice_to_each_of_its_patterns() {
        let mut arms = AdviceArms::default();
        let source = r#"fn advice(c: &str) -> &str { match c { "a.b" | "a.c" => { "do" } _ => match c { "a" => "else", _ => "" } } }"#;
        arms.visit_file(&syn::parse_file(source).unwrap());
        let expected = [("a", "else"), ("a.b", "do"), ("a.c", "do")];
        assert_eq!(arms.found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>(), expected);
    }
}
