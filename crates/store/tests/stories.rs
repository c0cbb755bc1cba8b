//! The register held against its trace, in both engines: what stands elsewhere than its story leads is found.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod common;

use common::{BY, Bench, Engine, on_both_engines, scrapped};
use sigillo_issuance::life_cycle::{CardState, RecordEvent, ScrapManner};
use sigillo_issuance::trace::{Token, TraceEntry};
use sigillo_store::{Act, PermitFacts, RecordId, StoreError};

on_both_engines!(a_register_stands_where_its_trace_leads, a_register_that_stands_elsewhere_is_found);

const FACTS: PermitFacts<'static> = PermitFacts {
    card: Some([5; 32]),
    valid_to: Some("2036-11-01"),
    reason: Some("reason"),
    reported_by: Some("police"),
    attempt: None,
    second: Some("bruno"),
};

/// More records than a page: the first one revoked after a life, the second remade and waiting, the third annulled without a card.
fn scenario(engine: Engine) -> (Bench, Vec<RecordId>) {
    let mut bench = Bench::new(engine);
    let lot = bench.lot("stories", 140, 140);
    let records: Vec<_> = bench.store.records_of(lot).unwrap().into_iter().map(|row| row.id).collect();
    let card = bench.stock(1, None);
    for from in [CardState::Stock, CardState::Bound, CardState::Written, CardState::Locked] {
        bench.advance(from, card, records[0]);
    }
    let other = bench.stock(2, None);
    bench.advance(CardState::Stock, other, records[1]);
    bench.store.scrap(BY, other, &scrapped(ScrapManner::Mute)).unwrap();
    let store = &mut bench.store;
    store.intent(BY, Act::Activate, card, &[]).unwrap();
    use RecordEvent as E;
    for event in [E::Activate, E::Deliver, E::Suspend, E::Reinstate, E::Revoke] {
        store.permit_event(BY, FIRST, event, &FACTS).unwrap();
    }
    store.permit_event(BY, "I00070003", E::Annul, &FACTS).unwrap();
    (bench, records)
}

fn a_register_stands_where_its_trace_leads(engine: Engine) {
    let (bench, records) = scenario(engine);
    let mut seen = Vec::new();
    assert_eq!(bench.store.follow_stories(|right| seen.push(right)).unwrap(), records.len() as u64);
    assert_eq!(seen, [128, 140]);
    bench.store.check().unwrap();
    let empty = Bench::new(engine);
    assert_eq!(empty.store.follow_stories(|_| {}).unwrap(), 0);
}

fn a_register_that_stands_elsewhere_is_found(engine: Engine) {
    let open = match engine {
        Engine::Sqlite => "DROP TRIGGER trace_is_not_changed",
        Engine::PostgreSql => "DROP TRIGGER trace_is_not_changed ON trace",
    };
    let renamed = match engine {
        Engine::Sqlite => "CAST(replace(CAST(notification AS TEXT), 'suspended', 'delivered') AS BLOB)",
        Engine::PostgreSql => {
            "convert_to(replace(convert_from(notification, 'UTF8'), 'suspended', 'delivered'), 'UTF8')"
        }
    };
    let last = "(SELECT moved FROM record WHERE id = 1)";
    // As if nobody had been told of its revocation.
    let untold = format!(
        "told = told - 1, told_last = (SELECT event_id FROM trace WHERE seq = (SELECT follows FROM trace WHERE seq = {last}))"
    );
    // Back before its revocation, in everything that the record says of itself.
    let back = format!(
        "UPDATE record SET state = 'valid', {untold}, moved = (SELECT follows FROM trace WHERE seq = {last}) WHERE id = 1"
    );
    let tampers = [
        (1, "UPDATE record SET state = 'valid' WHERE id = 1".to_owned()),
        (1, back.clone()),
        (1, format!("UPDATE trace SET record = NULL WHERE seq = {last}; {back}")),
        (1, format!("UPDATE trace SET notification = {renamed} WHERE record = 1")),
        (1, "UPDATE trace SET notification = NULL, event_id = NULL WHERE record = 1 AND follows > 20".to_owned()),
        (
            1,
            format!(
                "UPDATE record SET {untold} WHERE id = 1; \
                 UPDATE trace SET notification = NULL, event_id = NULL WHERE seq = {last}"
            ),
        ),
        (1, format!("UPDATE trace SET record = 2 WHERE seq = {last}")),
        (1, format!("UPDATE trace SET follows = NULL WHERE seq = {last}")),
        (1, "UPDATE record SET told = told + 1 WHERE id = 1".to_owned()),
        (1, "UPDATE permit SET is_delivered = 0 WHERE record = 1".to_owned()),
        (2, "UPDATE record SET moved = NULL WHERE id = 2".to_owned()),
        (2, format!("UPDATE record SET moved = {last} WHERE id = 2")),
        (3, "UPDATE record SET state = 'received', is_waiting = 1, is_annulled = 0 WHERE id = 3".to_owned()),
        (4, "UPDATE record SET state = 'in_formation', is_waiting = 0 WHERE id = 4".to_owned()),
        (
            2,
            "INSERT INTO permit (record, document_number, serial, sod_digest, waived, released_at, is_delivered) \
             SELECT 2, p.document_number, c.serial, p.sod_digest, '', p.released_at, 1 FROM permit p, card c WHERE c.state = 'scrapped'"
                .to_owned(),
        ),
        (140, "UPDATE record SET moved = 999999 WHERE id = 140".to_owned()),
    ];
    for (record, sql) in tampers {
        let (bench, _) = scenario(engine);
        bench.intrude(open).unwrap();
        bench.intrude(&sql).unwrap();
        bench.store.verify_trace(None).unwrap();
        match bench.store.follow_stories(|_| {}).unwrap_err() {
            StoreError::NotAsTraced { record: found } => assert_eq!(found, record, "{sql}"),
            other => panic!("{sql}: {other}"),
        }
        assert_eq!(bench.store.check().unwrap_err().code(), "store.not-as-traced", "{sql}");
    }
    // A chain that somebody made anew from its last entry on: whole, and against the table of the life cycle.
    for (from, to) in [("in_formation", "annulled"), ("received", "revoked")] {
        let (bench, _) = scenario(engine);
        let mut entries = Vec::new();
        bench
            .store
            .trace_entries(|entry| {
                entries.push(entry);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let [.., before, last] = entries.as_slice() else { panic!("two entries") };
        let mut entry: TraceEntry = serde_json::from_slice(&last.entry).unwrap();
        (entry.from, entry.to) = (Token::parse(from).ok(), Token::parse(to).ok());
        let (bytes, hash) = entry.link(&before.hash);
        let octets = |octets: &[u8]| match engine {
            Engine::Sqlite => format!("X'{}'", hex::encode(octets)),
            Engine::PostgreSql => format!("decode('{}', 'hex')", hex::encode(octets)),
        };
        let sql = format!(
            "{open}; UPDATE trace SET entry = {}, hash = {} WHERE seq = {}",
            octets(&bytes),
            octets(&hash),
            last.seq
        );
        bench.intrude(&sql).unwrap();
        bench.store.verify_trace(None).unwrap();
        assert_eq!(bench.store.follow_stories(|_| {}).unwrap_err().code(), "store.not-as-traced", "{from} {to}");
    }
    // A record that is gone left its entries.
    let (bench, _) = scenario(engine);
    bench.intrude("DELETE FROM record_part WHERE record = 3; DELETE FROM record WHERE id = 3").unwrap();
    assert_eq!(bench.store.follow_stories(|_| {}).unwrap_err().code(), "store.not-as-traced");
}

/// The first record's document number.
const FIRST: &str = "I00070001";
