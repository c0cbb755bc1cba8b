//! The edges between the crates of the workspace, held against `xtask/layers.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};
use serde::Deserialize;

use crate::check::{CheckError, Findings};
use crate::circles::FileGraph;
use crate::sources;

/// Checks the workspace at `root`.
pub(crate) fn run(root: &Path) -> Result<Findings, CheckError> {
    let table: Table = sources::read_table(&root.join("xtask/layers.toml"))?;
    let mut findings = Findings::new("layers");
    let members = members(&root.join("Cargo.toml"))?;
    check_edges(&table, &members, &mut findings);
    check_features(&table, &members, &mut findings);
    let mut checked = members;
    for folder in &table.other_workspaces {
        let manifest = root.join(folder).join("Cargo.toml");
        if manifest.is_file() {
            checked.extend(self::members(&manifest)?);
        }
    }
    let mut files = 0;
    for member in &checked {
        if table.layer.iter().any(|layer| layer.pure && layer.crates.contains(&member.name)) {
            check_pure(member, &mut findings)?;
        }
        files += check_files(member, table.max_lines, &mut findings)?;
    }
    findings.notes.push(format!("{} packages, {files} source files", checked.len()));
    let prefix = format!("{}/", root.display());
    for fault in &mut findings.faults {
        *fault = fault.replace(&prefix, "");
    }
    Ok(findings)
}

/// `layers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    max_lines: usize,
    other_workspaces: Vec<String>,
    layer: Vec<Layer>,
    #[serde(default)]
    same_layer: Vec<SameLayer>,
    #[serde(default)]
    never: Vec<Never>,
    #[serde(default)]
    only: Vec<Only>,
    #[serde(default)]
    dev: Vec<Dev>,
    #[serde(default)]
    feature: Vec<Feature>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    name: String,
    about: String,
    /// Whether the prohibitions of the workspace's clippy.toml hold for its crates.
    pure: bool,
    crates: Vec<String>,
}

/// Edges inside a layer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SameLayer {
    from: String,
    to: Vec<String>,
}

/// Edges forbidden although they go down, also through other crates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    from: String,
    to: Vec<String>,
    why: String,
}

/// Foreign packages kept inside some crates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    packages: Vec<String>,
    by: Vec<String>,
    why: String,
}

/// A dev-dependency that goes up or sideways.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dev {
    from: String,
    to: String,
    why: String,
}

/// A feature that only these crates may turn on, by a feature of theirs that is no default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feature {
    package: String,
    feature: String,
    by: Vec<String>,
    why: String,
}

/// One package of a workspace, as far as the checks need it.
#[derive(Debug)]
struct Member {
    name: String,
    folder: PathBuf,
    roots: Vec<PathBuf>,
    /// Normal and build dependencies.
    needs: BTreeSet<String>,
    dev_needs: BTreeSet<String>,
    /// Features of dependencies that are always on, and its own defaults: `package/feature`.
    turns_on: BTreeSet<String>,
    /// Features of dependencies that a feature of its own turns on.
    offers: BTreeSet<String>,
}

fn members(manifest: &Path) -> Result<Vec<Member>, CheckError> {
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
    let named = |package: &cargo_metadata::Package, dev: bool| {
        let kind = |kind: DependencyKind| (kind == DependencyKind::Development) == dev;
        package.dependencies.iter().filter(|found| kind(found.kind)).map(|found| found.name.clone()).collect()
    };
    let member = |package: &cargo_metadata::Package| Member {
        name: package.name.to_string(),
        folder: package.manifest_path.parent().map(PathBuf::from).unwrap_or_default(),
        roots: package.targets.iter().map(|target| target.src_path.clone().into_std_path_buf()).collect(),
        needs: named(package, false),
        dev_needs: named(package, true),
        turns_on: turned_on(package),
        offers: package.features.values().flatten().map(|feature| feature.replace("?/", "/")).collect(),
    };
    Ok(metadata.workspace_packages().into_iter().map(member).collect())
}

/// What is on in every build with this package.
fn turned_on(package: &cargo_metadata::Package) -> BTreeSet<String> {
    let of_dependencies = package
        .dependencies
        .iter()
        .flat_map(|found| found.features.iter().map(move |feature| format!("{}/{feature}", found.name)));
    let mut own = BTreeSet::new();
    let mut waiting = vec!["default".to_owned()];
    while let Some(feature) = waiting.pop() {
        waiting.extend(package.features.get(&feature).into_iter().flatten().cloned());
        own.insert(if feature.contains('/') {
            feature.replace("?/", "/")
        } else {
            format!("{}/{feature}", package.name)
        });
    }
    of_dependencies.chain(own).collect()
}

/// A feature that no build may have by chance: features unite over all packages that are built together.
fn check_features(table: &Table, members: &[Member], findings: &mut Findings) {
    for Feature { package, feature, by, why } in &table.feature {
        let name = format!("{package}/{feature}");
        for member in members {
            if member.turns_on.contains(&name) {
                findings.faults.push(format!("{} turns {name} on in every build: {why}", member.name));
            } else if member.offers.contains(&name) && !by.contains(&member.name) {
                findings.faults.push(format!("{} can turn {name} on: {why}", member.name));
            }
        }
    }
}

fn check_edges(table: &Table, members: &[Member], findings: &mut Findings) {
    let rank: BTreeMap<&str, usize> = table
        .layer
        .iter()
        .enumerate()
        .flat_map(|(rank, layer)| layer.crates.iter().map(move |name| (name.as_str(), rank)))
        .collect();
    let present: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let faults = &mut findings.faults;
    for layer in &table.layer {
        findings.notes.push(format!("{:5} {}: {}", layer.name, layer.about, layer.crates.join(", ")));
    }
    for gone in rank.keys().filter(|name| !present.contains(*name)) {
        faults.push(format!("layers.toml names {gone}, which is no package of the workspace"));
    }
    let named = |from: &str, to: &str| {
        table.same_layer.iter().any(|edge| edge.from == from && edge.to.iter().any(|allowed| allowed == to))
    };
    let mut dev_edges = Vec::new();
    for member in members {
        let from = member.name.as_str();
        let Some(&from_rank) = rank.get(from) else {
            faults.push(format!("{from} is in no layer of layers.toml"));
            continue;
        };
        for to in member.needs.iter().filter(|to| present.contains(to.as_str())) {
            let to_rank = rank.get(to.as_str()).copied().unwrap_or(usize::MAX);
            if to_rank > from_rank {
                faults.push(format!("upward edge: {from} depends on {to}"));
            } else if to_rank == from_rank && !named(from, to) {
                faults.push(format!("sideways edge: {from} depends on {to} (not among same_layer)"));
            }
        }
        for to in member.dev_needs.iter().filter(|to| present.contains(to.as_str())) {
            let to_rank = rank.get(to.as_str()).copied().unwrap_or(usize::MAX);
            if to_rank < from_rank || (to_rank == from_rank && named(from, to)) || to == from {
                continue;
            }
            match table.dev.iter().find(|dev| dev.from == from && dev.to == *to) {
                Some(dev) => dev_edges.push(format!("dev   {from} tests with {to}: {}", dev.why)),
                None => faults.push(format!("dev-dependency of {from} on {to} goes up or sideways and has no reason")),
            }
        }
        for only in &table.only {
            for package in only.packages.iter().filter(|package| member.needs.contains(*package)) {
                if !only.by.iter().any(|allowed| allowed == from) {
                    faults.push(format!("{from} depends on {package}: {}", only.why));
                }
            }
        }
    }
    for dev in &table.dev {
        let used = members.iter().any(|member| member.name == dev.from && member.dev_needs.contains(&dev.to));
        if !used {
            faults.push(format!("layers.toml allows a dev edge {} to {} that does not exist", dev.from, dev.to));
        }
    }
    for never in &table.never {
        for to in reachable(members, &never.from).intersection(&never.to.iter().map(String::as_str).collect()) {
            faults.push(format!("{} reaches {to}: {}", never.from, never.why));
        }
    }
    findings.notes.extend(dev_edges);
}

fn reachable<'m>(members: &'m [Member], from: &str) -> BTreeSet<&'m str> {
    let needs = |name: &str| members.iter().find(|member| member.name == name).map(|member| &member.needs);
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = needs(from).into_iter().flatten().map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(needs(name).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}

/// Circles and lengths of one package; gives back how many files were read.
fn check_files(member: &Member, max_lines: usize, findings: &mut Findings) -> Result<usize, CheckError> {
    for root in &member.roots {
        let graph = FileGraph::read(root)?;
        findings.faults.extend(graph.missing().iter().cloned());
        for circle in graph.circles() {
            findings.faults.push(format!(
                "files of {} name each other in a circle (name an item by the module that defines it):\n      {}",
                member.name,
                circle.join("\n      ")
            ));
        }
    }
    let files = sources::files_below(&member.folder, "rs")?;
    for path in &files {
        let lines = sources::read(path)?.lines().count();
        if lines > max_lines {
            findings.faults.push(format!("{} has {lines} lines; at most {max_lines}", path.display()));
        }
    }
    Ok(files.len())
}

/// A pure crate must not switch off what keeps files, sockets, clock and randomness out of it.
fn check_pure(member: &Member, findings: &mut Findings) -> Result<(), CheckError> {
    if member.folder.join("clippy.toml").exists() {
        findings.faults.push(format!("{} has a clippy.toml, which would replace the workspace's", member.name));
    }
    for path in sources::files_below(&member.folder.join("src"), "rs")? {
        if sources::read(&path)?.contains("clippy::disallowed_") {
            findings.faults.push(format!("{} switches a prohibition off; only tests/ may", path.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        toml::from_str(
            r#"
            max_lines = 10
            other_workspaces = []
            layer = [
                { name = "low", about = "", pure = true, crates = ["a", "b", "c"] },
                { name = "high", about = "", pure = true, crates = ["d"] },
            ]
            same_layer = [{ from = "b", to = ["a"] }]
            never = [{ from = "d", to = ["a"], why = "walls" }]
            only = [{ packages = ["p256"], by = ["a"], why = "one crate" }]
            feature = [{ package = "a", feature = "faults", by = ["d"], why = "tests" }]
            "#,
        )
        .unwrap()
    }

    fn member(name: &str, needs: &[&str], dev_needs: &[&str]) -> Member {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Member {
            name: name.to_owned(),
            folder: PathBuf::new(),
            roots: Vec::new(),
            needs: set(needs),
            dev_needs: set(dev_needs),
            turns_on: BTreeSet::new(),
            offers: BTreeSet::new(),
        }
    }

    fn faults(table: &Table, changed: Vec<Member>) -> Vec<String> {
        let mut members = changed;
        for name in ["a", "b", "c", "d"] {
            if !members.iter().any(|member| member.name == name) {
                members.push(member(name, &[], &[]));
            }
        }
        let mut findings = Findings::new("layers");
        check_edges(table, &members, &mut findings);
        findings.faults
    }

    #[test]
    fn downward_and_listed_edges_pass() {
        assert_eq!(faults(&table(), vec![member("b", &["a", "serde"], &[]), member("d", &["c"], &["b"])]), [""; 0]);
    }

    #[test]
    fn an_upward_edge_is_found() {
        assert_eq!(faults(&table(), vec![member("a", &["d"], &[])])[0], "upward edge: a depends on d");
    }

    #[test]
    fn a_sideways_edge_is_found() {
        assert!(faults(&table(), vec![member("a", &["b"], &[])])[0].starts_with("sideways edge: a depends on b"));
    }

    #[test]
    fn a_forbidden_edge_through_a_third_crate_is_found() {
        assert_eq!(faults(&table(), vec![member("d", &["b"], &[]), member("b", &["a"], &[])]), ["d reaches a: walls"]);
    }

    #[test]
    fn a_foreign_package_outside_its_crate_is_found() {
        assert_eq!(faults(&table(), vec![member("c", &["p256"], &[])]), ["c depends on p256: one crate"]);
    }

    #[test]
    fn a_feature_that_others_would_get_is_found() {
        let check = |name: &str, offers: &[&str], turns_on: &[&str]| {
            let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
            let member = Member { offers: set(offers), turns_on: set(turns_on), ..member(name, &[], &[]) };
            let mut findings = Findings::new("layers");
            check_features(&table(), &[member], &mut findings);
            findings.faults
        };
        assert_eq!(check("d", &["a/faults"], &["a/other"]), [""; 0]);
        assert_eq!(check("c", &["a/faults"], &[]), ["c can turn a/faults on: tests"]);
        assert_eq!(check("d", &["a/faults"], &["a/faults"]), ["d turns a/faults on in every build: tests"]);
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        assert_eq!(faults(&table(), vec![member("e", &[], &[])]), ["e is in no layer of layers.toml"]);
    }

    #[test]
    fn dev_edges_upwards_need_a_reason_that_is_used() {
        let mut table = table();
        assert_eq!(faults(&table, vec![member("a", &[], &["d"])]).len(), 1);
        table.dev.push(Dev { from: "a".into(), to: "d".into(), why: "the only loop-back".into() });
        assert_eq!(faults(&table, vec![member("a", &[], &["d"])]), [""; 0]);
        assert_eq!(faults(&table, vec![]).len(), 1, "a reason without an edge is stale");
    }

    #[test]
    fn a_long_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("long.rs"), "//\n".repeat(11)).unwrap();
        let mut member = member("a", &[], &[]);
        member.folder = folder.path().to_owned();
        let mut findings = Findings::new("layers");
        assert_eq!(check_files(&member, 10, &mut findings).unwrap(), 1);
        assert!(findings.faults[0].ends_with("has 11 lines; at most 10"));
        assert_eq!(check_files(&member, 11, &mut Findings::new("layers")).unwrap(), 1);
    }

    #[test]
    fn a_pure_crate_that_frees_itself_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/lib.rs"), "#![allow(clippy::disallowed_types)]").unwrap();
        let mut member = member("a", &[], &[]);
        member.folder = folder.path().to_owned();
        let mut findings = Findings::new("layers");
        check_pure(&member, &mut findings).unwrap();
        assert_eq!(findings.faults.len(), 1);
        std::fs::write(folder.path().join("clippy.toml"), "").unwrap();
        check_pure(&member, &mut findings).unwrap();
        assert_eq!(findings.faults.len(), 3);
    }
}
