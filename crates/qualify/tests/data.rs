//! The case data, file by file: each one is embedded, is of the form that the engine reads, and names only what exists.
#![allow(clippy::disallowed_methods, reason = "walks the folder of the cases")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sigillo_qualify::embedded::{FILES, items, recipes, units};
use sigillo_qualify::format::{Condition, Expectation, IcsItem, Verb};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cases"))
}

#[test]
fn every_file_of_the_folder_is_embedded_once_and_in_order() {
    let mut found = Vec::new();
    for suite in std::fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(suite.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "toml") {
                found.push(file.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    let embedded: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(embedded, found);
    for (name, text) in FILES {
        assert_eq!(std::fs::read_to_string(folder().join(name)).unwrap(), *text, "{name}");
    }
}

#[test]
fn every_file_has_the_form_and_its_own_place() {
    let units = units().unwrap();
    for (unit, (name, _)) in units.iter().zip(FILES) {
        let (suite, file) = name.split_once('/').unwrap();
        assert_eq!(unit.suite, suite, "{name}");
        assert!(file.starts_with(unit.unit.as_str()), "{name} holds {}", unit.unit);
        assert!(!unit.title.is_empty() && !unit.cases.is_empty(), "{name}");
    }
    let mut ids: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (unit, case) in units.iter().flat_map(|unit| unit.cases.iter().map(move |case| (unit, case))) {
        assert!(ids.insert((&unit.suite, &case.id)), "{} stands twice", case.id);
        assert!(!case.title.is_empty() && !case.steps.is_empty(), "{}", case.id);
    }
}

/// What a published report has, unit by unit: no case is left out, and none is invented.
#[test]
fn units_have_as_many_cases_as_the_index_says() {
    for suite in ["icao-part3", "bsi-03105-3-2"] {
        let index = std::fs::read_to_string(folder().join(suite).join("INDEX")).unwrap();
        let lines = index.lines().filter(|line| !line.starts_with('#'));
        let said: BTreeMap<String, usize> = lines
            .map(|line| line.split_once(' ').unwrap())
            .map(|(unit, count)| (unit.to_owned(), count.parse().unwrap()))
            .collect();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for unit in units().unwrap().iter().filter(|unit| unit.suite == suite) {
            *found.entry(unit.unit.clone()).or_default() += unit.cases.len();
        }
        assert_eq!(found, said, "{suite}");
        let all: usize = said.values().sum();
        assert!(index.lines().next().unwrap().contains(&format!(": {all}.")), "{suite}: {all}");
    }
}

#[test]
fn cases_name_items_and_clauses_that_exist() {
    let known: BTreeSet<String> = items().unwrap().into_iter().map(|item| item.name).collect();
    let clauses = clauses();
    let unknown = |condition: &Condition| condition.alternatives.iter().any(|(item, _)| !known.contains(item));
    let mut wrong = Vec::new();
    for case in units().unwrap().iter().flat_map(|unit| &unit.cases) {
        let conditions = case.ics.iter().chain(case.steps.iter().filter_map(|step| step.only_if.as_ref()));
        wrong.extend(
            conditions
                .filter(|condition| unknown(condition))
                .map(|condition| format!("{}: item {}", case.id, condition.text)),
        );
        match (&case.clause, case.expectation) {
            (Some(clause), _) if !clauses.contains(clause) => wrong.push(format!("{}: clause {clause}", case.id)),
            (None, Expectation::Derived) => wrong.push(format!("{}: derived from nothing", case.id)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn cases_name_checks_files_and_certificates_that_exist() {
    let certificates: BTreeSet<String> = recipes().unwrap().into_iter().map(|recipe| recipe.name).collect();
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in units().unwrap().iter().flat_map(|unit| &unit.cases) {
        let mut note = |what: String| wrong.entry(case.id.clone()).or_default().push(what);
        for step in &case.steps {
            match &step.verb {
                Verb::Check { name, file } => {
                    if !sigillo_qualify::is_check(name) {
                        note(format!("check {name}"));
                    }
                    if let Some(file) = file.as_ref().filter(|file| !sigillo_qualify::is_file(file)) {
                        note(format!("file {file}"));
                    }
                }
                Verb::Read { file, .. } if file != "DG" && !sigillo_qualify::is_file(file) => {
                    note(format!("file {file}"))
                }
                Verb::Phase(phase, _) => {
                    let own = |name: &str| name == "CVCA" || name.starts_with("lab.");
                    let unknown = |name: &&str| !own(name) && !certificates.contains(*name);
                    phase
                        .certificates()
                        .into_iter()
                        .filter(unknown)
                        .for_each(|name| note(format!("certificate {name}")));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_manual_lists_every_item_as_the_data_say_it() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/manual/qualification.md")).unwrap();
    let row = |item: &IcsItem| format!("| `{}` | {} | {} |\n", item.name, item.says, item.found);
    let missing: Vec<_> = items().unwrap().iter().map(row).filter(|row| !page.contains(row)).collect();
    assert!(missing.is_empty(), "put into docs/manual/qualification.md:\n{}", missing.concat());
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 2);
    assert_eq!(rows.filter(|line| !line.contains(".toml")).count() - 3, items().unwrap().len(), "an item too many");
}

/// `document#key` of docs/specs/index.toml.
#[allow(clippy::unwrap_used, reason = "the repository's own file")]
fn clauses() -> BTreeSet<String> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/specs/index.toml"));
    let index: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let keys = |document: &toml::Value| -> Vec<String> {
        document
            .get("keys")
            .and_then(toml::Value::as_table)
            .map(|keys| keys.keys().cloned().collect())
            .unwrap_or_default()
    };
    index
        .iter()
        .flat_map(|(name, document)| keys(document).into_iter().map(move |key| format!("{name}#{key}")))
        .collect()
}
