//! The citation keys of the sources, held against `docs/specs/index.toml`.
//!
//! A key is `document#anchor`, as in `icao-9303-11#bac`: the document with its edition stands once in the index, the
//! clause stands beside the anchor. A clause number in the sources would have to be corrected in every file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::check::{CheckError, Findings};
use crate::sources;

/// Where the citations are, and what ends the names of the files that hold them.
const CITING: [(&str, &str); 9] = [
    ("crates", "rs"),
    ("crates/qualify/cases", "toml"),
    ("cli", "rs"),
    ("benches", "rs"),
    ("fuzz", "rs"),
    ("interop", "rs"),
    ("profiles", "toml"),
    ("docs", "md"),
    ("test-vectors", "md"),
];

/// Checks the tree at `root`; `coverage` prints which files rest on which clause.
pub(crate) fn run(root: &Path, coverage: bool) -> Result<Findings, CheckError> {
    let index: Index = sources::read_table(&root.join("docs/specs/index.toml"))?;
    let mut cited = Citations::new();
    for (folder, extension) in CITING {
        let folder = root.join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in sources::files_below(&folder, extension)? {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            collect(&name, &sources::read(&path)?, &mut cited);
        }
    }
    let mut findings = Findings::new("citations");
    compare(&index, &cited, coverage, &mut findings);
    Ok(findings)
}

/// `docs/specs/index.toml`: a table a document.
type Index = BTreeMap<String, Document>;

/// Key → file → first line that cites it.
type Citations = BTreeMap<String, BTreeMap<String, usize>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    title: String,
    edition: String,
    /// What the clause numbers were compared with; empty when the text was not at hand.
    #[serde(default)]
    read: String,
    #[serde(default)]
    keys: BTreeMap<String, Key>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    title: String,
    clause: String,
    /// Whether the clause number was seen in the text named by `read`.
    checked: bool,
}

fn compare(index: &Index, cited: &Citations, coverage: bool, findings: &mut Findings) {
    for (key, places) in cited {
        let known = key.split_once('#').is_some_and(|(document, anchor)| {
            index.get(document).is_some_and(|document| document.keys.contains_key(anchor))
        });
        if !known {
            let places: Vec<String> = places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
            findings.faults.push(format!("{key} is not in docs/specs/index.toml ({})", places.join(", ")));
        }
    }
    let mut unchecked = 0;
    let mut unused = BTreeSet::new();
    for (name, document) in index {
        if document.read.is_empty() && document.keys.values().any(|key| key.checked) {
            findings
                .faults
                .push(format!("{name}: a clause is checked, and no text is named that it was checked against"));
        }
        if coverage {
            findings.notes.push(format!("{name}: {} ({})", document.title, document.edition));
        }
        for (anchor, key) in &document.keys {
            let full = format!("{name}#{anchor}");
            unchecked += usize::from(!key.checked);
            let Some(places) = cited.get(&full) else {
                unused.insert(full);
                continue;
            };
            if coverage {
                let doubt = if key.checked { "" } else { " (clause not checked)" };
                findings.notes.push(format!("  {}{doubt} {} [{full}]", key.clause, key.title));
                findings.notes.extend(places.keys().map(|file| format!("      {file}")));
            }
        }
    }
    if !unused.is_empty() {
        let unused: Vec<String> = unused.into_iter().collect();
        findings.notes.push(format!("in the index and cited nowhere: {}", unused.join(", ")));
    }
    let keys: usize = index.values().map(|document| document.keys.len()).sum();
    findings.notes.push(format!("{} documents, {keys} keys, {unchecked} with an unchecked clause", index.len()));
}

fn collect(file: &str, text: &str, cited: &mut Citations) {
    for (number, line) in text.lines().enumerate() {
        for key in keys_of(line) {
            cited.entry(key.to_owned()).or_default().entry(file.to_owned()).or_insert(number + 1);
        }
    }
}

/// Every `document#anchor` of a line. A document's name has a hyphen (so that `r#"` is none), and nothing of a URL or a
/// path stands before it.
fn keys_of(line: &str) -> Vec<&str> {
    let part = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let bytes = line.as_bytes();
    let mut keys = Vec::new();
    for (hash, _) in line.match_indices('#') {
        let start = hash - bytes[..hash].iter().rev().take_while(|byte| part(byte)).count();
        let end = hash + 1 + bytes[hash + 1..].iter().take_while(|byte| part(byte)).count();
        let document = &line[start..hash];
        let anchor = line[hash + 1..end].trim_end_matches('-');
        let before = start.checked_sub(1).map(|at| bytes[at]);
        let inside_a_path = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"/._:".contains(&byte));
        let named = document.contains('-') && document.starts_with(|first: char| first.is_ascii_lowercase());
        if named && !inside_a_path && !anchor.is_empty() {
            keys.push(&line[start..hash + 1 + anchor.len()]);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        toml::from_str(
            r#"
            [icao-9303-11]
            title = "Security Mechanisms"
            edition = "8th, 2021"
            read = "a transcription"
            keys.bac = { title = "Basic Access Control", clause = "4.3", checked = true }
            keys.pace = { title = "PACE", clause = "4.4", checked = false }
            "#,
        )
        .unwrap()
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        assert_eq!(keys_of("/// Spec: [icao-9303-11#bac], iso-7816-4#le."), ["icao-9303-11#bac", "iso-7816-4#le"]);
        assert_eq!(keys_of("see https://example.invalid/a-b#c and r#\"raw\"# and path/to-file#x"), [""; 0]);
    }

    #[test]
    fn an_unknown_key_is_a_fault_with_its_place() {
        let mut cited = Citations::new();
        collect("a.rs", "//! icao-9303-11#bac\n//! icao-9303-11#sm\n", &mut cited);
        let mut findings = Findings::new("citations");
        compare(&index(), &cited, true, &mut findings);
        assert_eq!(findings.faults, ["icao-9303-11#sm is not in docs/specs/index.toml (a.rs:2)"]);
        assert!(findings.notes.iter().any(|note| note.contains("4.3 Basic Access Control")));
        assert!(findings.notes.iter().any(|note| note == "in the index and cited nowhere: icao-9303-11#pace"));
    }

    #[test]
    fn a_checked_clause_names_the_text_it_was_checked_against() {
        let mut index = index();
        index.get_mut("icao-9303-11").unwrap().read.clear();
        let mut findings = Findings::new("citations");
        compare(&index, &Citations::new(), false, &mut findings);
        assert_eq!(findings.faults.len(), 1);
    }
}
