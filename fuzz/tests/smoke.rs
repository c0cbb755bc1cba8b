//! Every harness on stable, with bytes from a fixed seed.
//!
//! `SIGILLO_FUZZ_SEED` and `SIGILLO_FUZZ_FACTOR` make it another run or a longer one; a failure prints the bytes, which
//! then belong into a test of the crate that they broke.

use std::env;
use std::panic::{self, AssertUnwindSafe};

use sigillo_fuzz::{Random, TARGETS, run, seeds};

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn smoke(target: &str, rounds: u64) {
    let seeds = seeds(target);
    let rounds = number("SIGILLO_FUZZ_FACTOR", 1) * rounds;
    let mut random = Random::new(number("SIGILLO_FUZZ_SEED", 20_261_102));
    let mut seen = 0;
    let variants = (0..rounds).map(|_| random.variant(&seeds, 32 * 1024));
    for bytes in seeds.iter().cloned().chain(variants) {
        seen += 1;
        if let Err(panicked) = panic::catch_unwind(AssertUnwindSafe(|| run(target, &bytes))) {
            eprintln!("{target}, input {seen}: {}", hex::encode(&bytes));
            panic::resume_unwind(panicked);
        }
    }
    assert!(seen > 0, "{target} ran on nothing");
}

macro_rules! smoke_tests {
    ($($target:ident: $rounds:expr),* $(,)?) => {
        $(#[test] fn $target() { smoke(stringify!($target), $rounds); })*

        #[test]
        fn every_target_has_a_smoke_test_and_a_fuzzer() {
            let named: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(named, [$(stringify!($target)),*]);
            let manifest = include_str!("../Cargo.toml");
            for target in named {
                assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
            }
        }
    };
}

smoke_tests! {
    tlv: 200_000,
    apdu_command: 200_000,
    apdu_response: 200_000,
    fcp: 200_000,
    lds_any: 200_000,
    mrz: 200_000,
    images: 40_000,
    record_line: 20_000,
    signed_request: 40_000,
    trace_checkpoint: 40_000,
    holder_codes: 40_000,
    sod_verify: 40_000,
    cv_certificate: 200_000,
    revocation_lists: 40_000,
    certificate_requests: 40_000,
    signed_lists: 20_000,
    encrypted_messages: 40_000,
    channel_unwrap: 40_000,
    secure_messaging: 40_000,
    authentication: 2_000,
    chip_session: 400,
    specimen_session: 400,
    chip_image: 40_000,
    hostile_card: 1_000,
    strange_chip: 1_000,
    impostor: 200,
}
