//! The judgement: the trace is gone through from its first entry as if all of it had happened one after the other.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use sigillo_issuance::checkpoint::{CheckpointKeys, SignedCheckpoint};
use sigillo_issuance::life_cycle::{RecordEvent, RecordState};
use sigillo_issuance::notification;
use sigillo_issuance::trace::{Subject, TraceEntry};
use sigillo_store::{Store, StoreError};

use crate::register::{Permit, Place, checkpoint_key};

/// What a storm did.
pub(crate) struct Figures {
    entries: u64,
    events: u64,
    answered: u64,
    refused: u64,
    busy: u64,
    kills: u64,
    checkpoints: usize,
    ended: usize,
    lasted: Duration,
}

/// What the trace says of the records, in its order.
#[derive(Default)]
struct Replay {
    states: BTreeMap<u64, RecordState>,
    /// The events of each record that leave the line, and those that others are told of.
    told: BTreeMap<u64, Vec<(RecordEvent, RecordState)>>,
    /// How often the codes of a generation were taken out, and how often printed.
    codes: BTreeMap<(u64, String), (u32, u32)>,
    entries: u64,
    faults: Vec<String>,
}

/// Everything that does not hold.
pub(crate) fn judge(
    place: &Place,
    permits: u64,
    logs: &[String],
    kills: u64,
    lasted: Duration,
) -> (Vec<String>, Figures) {
    let store = Store::open(&place.database()).unwrap();
    let mut replay = Replay::default();
    store
        .trace_entries(|stored| {
            replay.follow(&serde_json::from_slice(&stored.entry).unwrap());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let mut faults = std::mem::take(&mut replay.faults);
    faults.extend(checkpoints(&store, logs));

    let numbers: BTreeMap<u64, String> = (1..=permits)
        .map(|line| {
            let number = Permit(line).number();
            (store.permit_standing(&number).unwrap().unwrap().record.number().unsigned_abs(), number)
        })
        .collect();
    for (record, number) in &numbers {
        faults.extend(compare(&store, &replay, *record, number).into_iter().map(|fault| format!("{number}: {fault}")));
    }
    faults.extend(outbox(&store, &replay));
    // What the program itself says of it.
    faults.extend(store.follow_stories(|_| {}).err().map(|fault| format!("the register: {fault}")));
    let (answered, refused, busy) = answers(logs, &replay, &numbers, kills, &mut faults);
    let events = replay.told.values().flatten().filter(|(event, _)| *event != RecordEvent::Release).count();
    let is_final = |state: &&RecordState| matches!(state, RecordState::Revoked | RecordState::Annulled);
    let figures = Figures {
        entries: replay.entries,
        events: events as u64,
        answered,
        refused,
        busy,
        kills,
        checkpoints: store.checkpoints().unwrap().len(),
        ended: replay.states.values().filter(is_final).count(),
        lasted,
    };
    // A storm that did nothing proves nothing.
    if figures.events < 10 || kills < 4 || figures.checkpoints < 1 {
        faults.push(format!("there was no storm: {figures}"));
    }
    (faults, figures)
}

impl Replay {
    fn follow(&mut self, entry: &TraceEntry) {
        self.entries += 1;
        let Subject::Record { id } = entry.subject else { return };
        let act = entry.act.as_str();
        let generation = || {
            let mut details = entry.details.iter();
            details.find(|(name, _)| name.as_str() == "generation").map(|(_, value)| value.as_str().to_owned())
        };
        match act {
            "codes-consumed" => self.codes.entry((id, generation().unwrap_or_default())).or_default().0 += 1,
            "envelope-printed" => self.codes.entry((id, generation().unwrap_or_default())).or_default().1 += 1,
            _ => {}
        }
        let Some(event) = RecordEvent::parse(act) else { return };
        let state = self.states.entry(id).or_insert(RecordState::Received);
        let named = |token: &Option<sigillo_issuance::trace::Token>| {
            token.as_ref().and_then(|token| RecordState::parse(token.as_str()))
        };
        match state.apply(event) {
            Ok(after) if named(&entry.from) == Some(*state) && named(&entry.to) == Some(after) => {
                *state = after;
                if notification::name(event).is_some() {
                    self.told.entry(id).or_default().push((event, after));
                }
            }
            other => self.faults.push(format!("entry {}: {act} of record {id} in {state:?}: {other:?}", entry.seq)),
        }
    }
}

/// The register's own rows against the replay.
fn compare(store: &Store, replay: &Replay, record: u64, number: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let standing = store.permit_standing(number).unwrap().unwrap();
    if Some(&standing.state) != replay.states.get(&record) {
        faults.push(format!("is {:?}, and {:?} by its trace", standing.state, replay.states.get(&record)));
    }
    let history: Vec<_> =
        store.permit_history(standing.record).unwrap().into_iter().map(|row| (row.event, row.to)).collect();
    let told: Vec<_> = replay.told.get(&record).into_iter().flatten().copied().collect();
    let of_office: Vec<_> = told.into_iter().filter(|(event, _)| *event != RecordEvent::Release).collect();
    if history != of_office {
        faults.push(format!("its history has {} events, its trace {}", history.len(), of_office.len()));
    }
    for ((of, generation), (consumed, printed)) in replay.codes.iter().filter(|((of, _), _)| *of == record) {
        if *consumed > 1 || printed > consumed {
            faults.push(format!("codes {generation} of {of}: taken out {consumed} times, printed {printed} times"));
        }
    }
    faults
}

/// Every event once, in the order of its document, each naming the one before.
fn outbox(store: &Store, replay: &Replay) -> Vec<String> {
    let mut faults = Vec::new();
    let mut found: BTreeMap<u64, Vec<(String, String)>> = BTreeMap::new();
    let mut last: BTreeMap<u64, [u8; 32]> = BTreeMap::new();
    let mut number = 0;
    loop {
        let rows = store.outbox_after(number, 1000).unwrap();
        let Some(end) = rows.last() else { break };
        number = end.number;
        for row in rows {
            let record = row.record.number().unsigned_abs();
            let body: Value = serde_json::from_slice(&row.body).unwrap();
            let of_record = found.entry(record).or_default();
            let previous = last.insert(record, row.id).unwrap_or(notification::FIRST);
            if body["n"] != of_record.len() as u64 + 1 || body["previous"] != hex::encode(previous) {
                faults.push(format!("outbox {} of record {record} does not follow", row.number));
            }
            let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            of_record.push((word("event"), word("state")));
        }
    }
    for (record, told) in &replay.told {
        let told: Vec<_> = told
            .iter()
            .filter_map(|(event, state)| Some((notification::name(*event)?.to_owned(), state.name().to_owned())))
            .collect();
        if found.remove(record).unwrap_or_default() != told {
            faults.push(format!("the outbox of record {record} has other events than its trace"));
        }
    }
    faults.extend(found.keys().map(|record| format!("the outbox tells of record {record}, the trace does not")));
    faults
}

/// The chain, and every checkpoint: those in the register, and those that a process has carried out of it.
fn checkpoints(store: &Store, logs: &[String]) -> Vec<String> {
    let mut keys = CheckpointKeys::default();
    keys.add(checkpoint_key().public()).unwrap();
    let lines = logs.iter().flat_map(|log| whole_lines(log)).filter_map(|line| line.strip_prefix("checkpoint "));
    let exported: Vec<_> =
        lines.map(|line| SignedCheckpoint::decode(format!("{line}\n").as_bytes()).unwrap()).collect();
    let audited = store.audit(exported, &keys, |_| {}).unwrap();
    let mut faults = Vec::new();
    faults.extend(audited.verdict.trace.map(|fault| format!("the trace: {fault}")));
    faults.extend(audited.verdict.checkpoint.map(|fault| format!("a checkpoint: {fault:?}")));
    faults
}

/// What a process was told is done must be in the trace; what it was not told, at most once for each that was killed.
fn answers(
    logs: &[String],
    replay: &Replay,
    numbers: &BTreeMap<u64, String>,
    kills: u64,
    faults: &mut Vec<String>,
) -> (u64, u64, u64) {
    let mut answered: BTreeMap<(String, String), u64> = BTreeMap::new();
    let (mut refused, mut busy) = (0, 0);
    for line in logs.iter().flat_map(|log| whole_lines(log)) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["did", number, event, _] => *answered.entry(((*number).to_owned(), (*event).to_owned())).or_default() += 1,
            ["refused", table, wait] => {
                refused += table.parse::<u64>().unwrap();
                busy += wait.parse::<u64>().unwrap();
            }
            ["ERROR", ..] => faults.push(line.to_owned()),
            _ => {}
        }
    }
    let mut happened: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (record, told) in &replay.told {
        for (event, _) in told.iter().filter(|(event, _)| *event != RecordEvent::Release) {
            *happened.entry((numbers[record].clone(), event.name().to_owned())).or_default() += 1;
        }
    }
    for (what, count) in &answered {
        if happened.get(what).is_none_or(|done| done < count) {
            faults.push(format!(
                "{what:?} was answered {count} times and is in the trace {:?} times",
                happened.get(what)
            ));
        }
    }
    let (told, done) = (answered.values().sum::<u64>(), happened.values().sum::<u64>());
    // Of a consignment two events are unanswered at once.
    if done > told + 2 * kills {
        faults.push(format!("{done} events happened, {told} were answered, {kills} processes were killed"));
    }
    (told, refused, busy)
}

/// The lines that were written to their end.
fn whole_lines(log: &str) -> impl Iterator<Item = &str> {
    log.rsplit_once('\n').map_or("", |(whole, _)| whole).lines()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, events, answered, refused, busy, kills, checkpoints, ended, lasted } = self;
        let rate = events.checked_div(lasted.as_secs()).unwrap_or_default();
        write!(
            f,
            "{entries} entries of the trace, {events} events in {lasted:.0?} ({rate} a second), {answered} answered, {refused} refused, {busy} busy, \
             {kills} kills, {checkpoints} checkpoints, {ended} permits ended"
        )
    }
}
