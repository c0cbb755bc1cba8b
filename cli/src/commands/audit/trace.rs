use std::io::Write;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use sigillo_issuance::trace::{Subject, TraceEntry};
use sigillo_line::{Home, LineError};
use sigillo_store::{Serial, Store, StoreError};

use crate::args::audit::TraceArgs;
use crate::context::Context;
use crate::failure::{CHECK_FAILED, Failure};

/// `sigillo audit trace`.
pub(super) fn trace(context: &Context, asked: &TraceArgs) -> Result<ExitCode, Failure> {
    let home = Home::open(&context.global.home)?;
    let store = context.store(&home)?;
    let question = Question::of(asked, &store)?;
    let bar = context.progress_bar(Some(store.trace_head()?.seq));
    let mut shown = Shown::begin(context.global.json);
    store.trace_entries::<LineError>(|stored| {
        if stored.seq.is_multiple_of(1000) {
            bar.at(stored.seq);
        }
        let entry: TraceEntry =
            serde_json::from_slice(&stored.entry).map_err(|_| StoreError::Damaged { table: "trace" })?;
        if question.asks_for(&entry) {
            shown.entry(entry, &stored.entry);
        }
        Ok(())
    })?;
    bar.clear();
    Ok(if shown.end() == 0 { ExitCode::from(CHECK_FAILED) } else { ExitCode::SUCCESS })
}

/// What a history is asked for by, in the trace's own words.
enum Question {
    /// The records of a document number, and every card that was bound to them.
    Document(Vec<u64>, Vec<String>),
    Card(String),
    Lot(u64),
    Run(u64),
    Operator(String),
}

impl Question {
    fn of(asked: &TraceArgs, store: &Store) -> Result<Self, Failure> {
        Ok(match asked {
            TraceArgs { document: Some(number), .. } => {
                let records = store.records_numbered(number)?;
                let mut cards = Vec::new();
                for record in &records {
                    cards.extend(store.cards_ever_of(*record)?.iter().map(ToString::to_string));
                }
                Self::Document(records.iter().map(|record| record.number().unsigned_abs()).collect(), cards)
            }
            TraceArgs { card: Some(serial), .. } => {
                let parsed = Serial::parse(serial);
                let refused = || Failure::usage("usage.serial", "a serial has 20 hexadecimal digits");
                Self::Card(parsed.ok_or_else(refused)?.to_string())
            }
            TraceArgs { lot: Some(lot), .. } => Self::Lot(lot.unsigned_abs()),
            TraceArgs { run: Some(run), .. } => Self::Run(run.unsigned_abs()),
            TraceArgs { by, .. } => Self::Operator(by.clone().unwrap_or_default()),
        })
    }

    fn asks_for(&self, entry: &TraceEntry) -> bool {
        let names = |name: &str, value: &str| {
            entry.details.iter().any(|(known, found)| known.as_str() == name && found.as_str() == value)
        };
        let is_about_card = |serial: &String| match &entry.subject {
            Subject::Card { serial: subject } => subject.as_str() == serial,
            _ => names("card", serial) || names("serial", serial),
        };
        match self {
            Self::Document(records, cards) => {
                let is_about = |record: &u64| {
                    entry.subject == Subject::Record { id: *record } || names("record", &record.to_string())
                };
                records.iter().any(is_about) || cards.iter().any(is_about_card)
            }
            Self::Card(serial) => is_about_card(serial),
            Self::Lot(lot) => entry.subject == Subject::Lot { id: *lot } || names("lot", &lot.to_string()),
            Self::Run(run) => entry.subject == Subject::Run { id: *run } || names("run", &run.to_string()),
            Self::Operator(name) => entry.operator.as_str() == name,
        }
    }
}

/// Entries on their way out: a history of any length takes the same memory.
struct Shown {
    is_json: bool,
    count: u64,
    page: Vec<TraceEntry>,
}

impl Shown {
    fn begin(is_json: bool) -> Self {
        if is_json {
            put(b"{\"entries\":[");
        }
        Self { is_json, count: 0, page: Vec::new() }
    }

    fn entry(&mut self, entry: TraceEntry, stored: &[u8]) {
        if self.is_json {
            put(if self.count > 0 { b"," } else { b"" });
            put(stored);
        } else {
            self.page.push(entry);
            if self.page.len() == PAGE {
                self.turn();
            }
        }
        self.count += 1;
    }

    /// How many there were.
    fn end(mut self) -> u64 {
        if self.is_json {
            put(b"]}\n");
        } else if self.count == 0 {
            put(b"nothing in the trace is about that\n");
        } else {
            self.turn();
            let text = format!("{} entries; digests are cut to 16 digits here, --json has them whole\n", self.count);
            put(text.as_bytes());
        }
        self.count
    }

    /// Prints a page as a table of its own.
    fn turn(&mut self) {
        if self.page.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["entry", "when", "who", "what", "about", "from → to", "details"]);
        for entry in self.page.drain(..) {
            table.add_row(row(&entry));
        }
        put(format!("{table}\n").as_bytes());
    }
}

fn row(entry: &TraceEntry) -> [String; 7] {
    let states = match (&entry.from, &entry.to) {
        (Some(from), Some(to)) => format!("{} → {}", from.as_str(), to.as_str()),
        _ => String::new(),
    };
    let details = entry.details.iter().map(|(name, value)| format!("{} {}", name.as_str(), short(value.as_str())));
    [
        entry.seq.to_string(),
        second(entry.at.as_str()).to_owned(),
        entry.operator.as_str().to_owned(),
        entry.act.as_str().to_owned(),
        format!("{} {}", entry.subject.kind(), entry.subject.name()),
        states,
        details.collect::<Vec<_>>().join(", "),
    ]
}

fn put(octets: &[u8]) {
    // A reader that closed the pipe has seen what it wanted.
    let _ = std::io::stdout().lock().write_all(octets);
}

/// Whole seconds are enough to read.
fn second(at: &str) -> &str {
    at.split_once('.').map_or(at, |(second, _)| second)
}

/// A digest is told by its beginning.
fn short(value: &str) -> String {
    let is_digest = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { format!("{}…", value.get(..16).unwrap_or_default()) } else { value.to_owned() }
}

/// Rows of one table.
const PAGE: usize = 500;
