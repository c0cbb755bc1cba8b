//! An import of any size stays within the same memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use common::{BY, Bench, Engine, on_both_engines, parts};
use sigillo_crypto::sha256;
use sigillo_store::{LotMeta, NewRecord};

on_both_engines!(forty_times_the_records_take_the_same_memory);

/// The most memory this process ever held, in kibibytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn import(bench: &mut Bench, name: &str, records: u64) {
    let mut import = bench.store.begin_lot(BY, LotMeta { name, digest: [1; 32] }).unwrap();
    for line in 1..=records {
        let pratica = format!("{name}-{line}");
        import
            .add(&NewRecord {
                line,
                document_number: None,
                pratica_digest: sha256(pratica.as_bytes()),
                parts: parts(41_000),
            })
            .unwrap();
    }
    import.commit().unwrap();
}

fn forty_times_the_records_take_the_same_memory(engine: Engine) {
    let mut bench = Bench::new(engine);
    import(&mut bench, "small", 100);
    let small = peak();
    import(&mut bench, "large", 4000);
    let large = peak();
    assert!(large * 10 <= small * 12, "{engine:?}: {small} KiB for 100 records, {large} KiB for 4000");
}
