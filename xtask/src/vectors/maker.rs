//! Building suites: outputs are computed by the code under test, refusals must be the ones that the generator names.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sigillo_vectors::{
    Citation, Document, Expect, Failure, Folder, Group, Method, Note, NoteKind, OperationCase, Ruling, SessionCase,
    Source, Suite, operate,
};

/// What building gives, or why not.
pub(super) type Made<T = ()> = Result<T, String>;

/// A flag: name, kind, why.
pub(super) type Flag = (&'static str, NoteKind, &'static str);

/// A citation: document, edition, clause.
pub(super) type Clause = (&'static str, &'static str, &'static str);

/// A suite of operations that grows case by case.
pub(super) struct Maker<'f> {
    folder: &'f mut Folder,
    path: &'static str,
    suite: Suite<OperationCase>,
    /// What is not as the generator says; all of it is told at the end.
    wrong: Vec<String>,
}

impl<'f> Maker<'f> {
    pub(super) fn new(
        folder: &'f mut Folder,
        path: &'static str,
        schema: &str,
        clauses: &[Clause],
        flags: &[Flag],
    ) -> Self {
        Self { folder, path, suite: envelope(path, schema, clauses, flags), wrong: Vec::new() }
    }

    /// Says why no case comes from somebody else.
    pub(super) fn without_foreign_source(mut self, why: &str) -> Self {
        self.suite.no_foreign_source = Some(why.to_owned());
        self
    }

    /// The following cases come from here.
    pub(super) fn group(&mut self, source: Source) {
        self.suite.groups.push(Group { source, profile: None, cases: Vec::new() });
    }

    /// A case whose output somebody else published; ours must be the same.
    pub(super) fn published(&mut self, title: &str, flag: &str, op: &str, input: Value, output: Value) {
        match operate(op, &input, &self.folder.blobs) {
            Ok(found) if found == output => self.push(title, flag, op, input, accepted(output)),
            found => self.is_wrong(title, &format!("published {output}, found {found:?}")),
        }
    }

    /// A case that is accepted; the output is what our code gives.
    pub(super) fn accept(&mut self, title: &str, flag: &str, op: &str, input: Value) {
        match operate(op, &input, &self.folder.blobs) {
            Ok(output) => self.push(title, flag, op, input, accepted(output)),
            Err(failure) => self.is_wrong(title, &format!("{failure:?}")),
        }
    }

    /// A case that is refused with this code; stage and place are what our code says.
    pub(super) fn reject(&mut self, title: &str, flag: &str, op: &str, input: Value, code: &str) {
        match operate(op, &input, &self.folder.blobs) {
            Err(Failure::Refused(refusal)) if refusal.error == code => {
                let expect = Expect {
                    result: Ruling::Reject,
                    stage: Some(refusal.stage),
                    error: Some(refusal.error),
                    at: refusal.at,
                    field: refusal.field,
                    output: None,
                };
                self.push(title, flag, op, input, expect);
            }
            found => self.is_wrong(title, &format!("{found:?} instead of {code}")),
        }
    }

    /// Octets as they stand in a case: hexadecimal, or a blob when they are many.
    pub(super) fn octets(&mut self, octets: &[u8]) -> Value {
        match octets.len() {
            0..=512 => hex::encode(octets).into(),
            length => json!({ "sha256": self.folder.blobs.keep(octets.to_vec()), "length": length }),
        }
    }

    /// The suite takes its place in the folder; identifiers that a title has already are kept.
    ///
    /// Whatever was not as the generator says is told here.
    pub(super) fn finish(mut self) -> Made<String> {
        if !self.wrong.is_empty() {
            return Err(self.wrong.join("\n"));
        }
        let used = self.used();
        let mut next = used.values().max().map_or(1, |last| last + 1);
        let mut withdrawn = used.clone();
        for case in self.suite.groups.iter_mut().flat_map(|group| &mut group.cases) {
            let number = used.get(&case.title).copied().unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            withdrawn.remove(&case.title);
            case.id = format!("{}/{number:04}", self.suite.suite);
        }
        self.keep_withdrawn(&withdrawn);
        let titles: std::collections::BTreeSet<&String> =
            self.suite.groups.iter().flat_map(|group| &group.cases).map(|case| &case.title).collect();
        self.suite.count = self.suite.groups.iter().map(|group| group.cases.len()).sum();
        if titles.len() != self.suite.count {
            return Err(format!("{}: two cases share a title", self.path));
        }
        let count = self.suite.count;
        let text = Document::Operations(self.suite).text()?;
        self.folder.suites.insert(self.path.to_owned(), text);
        Ok(format!("{}: {count} cases", self.path))
    }

    fn push(&mut self, title: &str, flag: &str, op: &str, input: Value, expect: Expect) {
        if let Some(group) = self.suite.groups.last_mut() {
            group.cases.push(OperationCase {
                id: String::new(),
                title: title.to_owned(),
                flags: vec![flag.to_owned()],
                withdrawn: None,
                op: op.to_owned(),
                input,
                expect,
            });
        }
    }

    /// Title and number of each case that the file has today.
    fn used(&self) -> BTreeMap<String, u32> {
        self.stored()
            .into_iter()
            .flat_map(|suite| suite.groups)
            .flat_map(|group| group.cases)
            .filter_map(numbered)
            .collect()
    }

    /// A case that is no longer made stays, with the reason: its identifier is not given again.
    fn keep_withdrawn(&mut self, withdrawn: &BTreeMap<String, u32>) {
        for group in self.stored().into_iter().flat_map(|suite| suite.groups) {
            for mut case in group.cases.into_iter().filter(|case| withdrawn.contains_key(&case.title)) {
                case.withdrawn.get_or_insert_with(|| "its generator no longer makes it".to_owned());
                case.flags.retain(|flag| self.suite.notes.contains_key(flag));
                if let (false, Some(last)) = (case.flags.is_empty(), self.suite.groups.last_mut()) {
                    last.cases.push(case);
                }
            }
        }
    }

    fn stored(&self) -> Option<Suite<OperationCase>> {
        match Document::parse(self.folder.suites.get(self.path)?) {
            Ok(Document::Operations(suite)) => Some(suite),
            _ => None,
        }
    }

    fn is_wrong(&mut self, title: &str, what: &str) {
        self.wrong.push(format!("{}: {title}: {what}", self.path));
    }
}

/// A suite of chip sessions: the cases are whole when they come.
pub(super) fn sessions(
    folder: &mut Folder,
    path: &'static str,
    (clauses, flags): (&[Clause], &[Flag]),
    no_foreign_source: Option<&str>,
    groups: Vec<Group<SessionCase>>,
) -> Made<String> {
    let mut suite: Suite<SessionCase> = envelope(path, "chip_session.v1", clauses, flags);
    suite.no_foreign_source = no_foreign_source.map(str::to_owned);
    suite.groups = groups;
    let used: BTreeMap<String, String> = match folder.suites.get(path).map(|text| Document::parse(text)) {
        Some(Ok(Document::Sessions(stored))) => {
            stored.groups.into_iter().flat_map(|group| group.cases).map(|case| (case.title, case.id)).collect()
        }
        _ => BTreeMap::new(),
    };
    let number = |id: &String| id.rsplit('/').next().and_then(|number| number.parse::<u32>().ok());
    let mut next = used.values().filter_map(number).max().unwrap_or(0);
    for case in suite.groups.iter_mut().flat_map(|group| &mut group.cases) {
        case.id = used.get(&case.title).cloned().unwrap_or_else(|| {
            next += 1;
            format!("{}/{next:04}", suite.suite)
        });
    }
    suite.count = suite.groups.iter().map(|group| group.cases.len()).sum();
    let count = suite.count;
    folder.suites.insert(path.to_owned(), Document::Sessions(suite).text()?);
    Ok(format!("{path}: {count} cases"))
}

/// Values that our own code gives.
pub(super) fn own() -> Source {
    Source {
        method: Method::OwnGenerator,
        tool: "xtask vectors".to_owned(),
        version: "0.1.0".to_owned(),
        command: Some("cargo xtask vectors make".to_owned()),
    }
}

/// Values printed in a standard.
pub(super) fn standard(tool: &str, version: &str) -> Source {
    Source { method: Method::StandardWorkedExample, tool: tool.to_owned(), version: version.to_owned(), command: None }
}

/// Values of a program that shares none of our code.
pub(super) fn independent(tool: &str, version: &str) -> Source {
    Source {
        method: Method::IndependentImplementation,
        tool: tool.to_owned(),
        version: version.to_owned(),
        command: None,
    }
}

/// Octets of a literal in hexadecimal; blanks are for the eye.
pub(super) fn bytes(text: &str) -> Made<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    hex::decode(&digits).map_err(|error| format!("{text}: {error}"))
}

/// The same octets with one bit of one octet changed.
pub(super) fn flipped(octets: &[u8], at: usize) -> Vec<u8> {
    octets.iter().enumerate().map(|(place, octet)| if place == at { octet ^ 1 } else { *octet }).collect()
}

fn accepted(output: Value) -> Expect {
    Expect { result: Ruling::Accept, stage: None, error: None, at: None, field: None, output: Some(output) }
}

fn numbered(case: OperationCase) -> Option<(String, u32)> {
    let number = case.id.rsplit('/').next()?.parse().ok()?;
    Some((case.title, number))
}

fn envelope<C>(path: &str, schema: &str, clauses: &[Clause], flags: &[Flag]) -> Suite<C> {
    let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
    let citation = |(doc, edition, clause): &Clause| Citation {
        doc: (*doc).to_owned(),
        edition: (*edition).to_owned(),
        clause: (*clause).to_owned(),
    };
    let note = |(flag, kind, why): &Flag| ((*flag).to_owned(), Note { kind: *kind, why: (*why).to_owned() });
    Suite {
        schema: schema.to_owned(),
        suite: name.to_owned(),
        citations: clauses.iter().map(citation).collect(),
        notes: flags.iter().map(note).collect(),
        count: 0,
        no_foreign_source: None,
        groups: Vec::new(),
    }
}
