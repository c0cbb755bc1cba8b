//! One process: it takes a permit at random and does something to it; what the register answered, it writes down.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sigillo_crypto::{HashAlgorithm, SeededEntropy};
use sigillo_issuance::checkpoint::key_id;
use sigillo_issuance::life_cycle::RecordEvent;
use sigillo_store::{Act, By, CipCaller, NewCodes, PermitFacts, Store, StoreError};

use crate::chance::{draw, seed};
use crate::register::{Permit, Place, checkpoint_key};

/// What a process is told when it starts.
pub(crate) struct Hand {
    number: u64,
    seed: u64,
    permits: u64,
    calm: u64,
    left: Duration,
    log: PathBuf,
}

impl Hand {
    pub(crate) fn parse(terms: &[&str]) -> Self {
        let [number, seed, permits, calm, left, log] = terms else { panic!("six terms") };
        let term = |text: &str| text.parse().unwrap();
        Self {
            number: term(number),
            seed: term(seed),
            permits: term(permits),
            calm: term(calm),
            left: Duration::from_millis(term(left)),
            log: log.into(),
        }
    }

    pub(crate) fn work(&self, place: &Place) {
        let end = Instant::now() + self.left;
        let mut log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut store = Store::open(&place.database()).unwrap();
        let mut chance = SeededEntropy::new(seed(self.seed));
        let (mut refused, mut busy) = (0, 0);
        while Instant::now() < end {
            let permit = Permit(1 + draw(&mut chance) % self.permits);
            match self.act(&mut store, permit, &mut chance, &mut log) {
                Ok(()) => {}
                // Another was faster, or it was never allowed: the table says so, and nothing happened.
                Err(error) if is_refusal(error.code()) => refused += 1,
                // The others held the register for longer than anybody waits; he would be told to try again.
                Err(error) if error.code() == "store.busy" => busy += 1,
                Err(error) => writeln!(log, "ERROR {} {error}", error.code()).unwrap(),
            }
        }
        writeln!(log, "refused {refused} {busy}").unwrap();
    }

    fn act(
        &self,
        store: &mut Store,
        permit: Permit,
        chance: &mut SeededEntropy,
        log: &mut File,
    ) -> Result<(), StoreError> {
        let operator = format!("clerk-{}", self.number);
        let at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let by = By { operator: &operator, at: &at, run: None };
        let number = permit.number();
        let mut event = |store: &mut Store, event: RecordEvent, facts: PermitFacts<'_>| {
            let state = store.permit_event(by, &number, event, &facts)?;
            // Written only after the register answered: it must never forget this.
            writeln!(log, "did {number} {} {}", event.name(), state.name()).unwrap();
            Ok(())
        };
        let card = PermitFacts { card: Some(permit.seal()), ..PermitFacts::default() };
        let reason = |reason| PermitFacts { reason: Some(reason), ..PermitFacts::default() };
        if draw(chance).is_multiple_of(self.calm) {
            return match draw(chance) % 4 {
                0 => event(store, RecordEvent::Annul, reason("withdrawn")),
                1 => annul_two(store, by, permit, self.permits, log),
                _ => event(store, RecordEvent::Revoke, reason("fraud")),
            };
        }
        match draw(chance) % 16 {
            0..=2 => {
                // An intent may be open: somebody was killed between the two.
                let _ = store.intent(by, Act::Activate, permit.serial(), &[]);
                event(store, RecordEvent::Activate, PermitFacts { valid_to: Some("2036-11-01"), ..card })
            }
            3 => event(store, RecordEvent::Deliver, card),
            4..=5 => event(store, RecordEvent::Suspend, PermitFacts { reported_by: Some("police"), ..reason("loss") }),
            6 => {
                let seconds = jiff::Timestamp::now().as_second();
                let caller = CipCaller { digest: [7; 32], seconds, window: 600, limit: u32::MAX };
                let attempt = store.count_attempt(by, &number, caller)?;
                if draw(chance).is_multiple_of(3) {
                    return Ok(());
                }
                event(store, RecordEvent::Suspend, PermitFacts { attempt, ..reason("theft") })
            }
            7..=9 => event(store, RecordEvent::Reinstate, PermitFacts { second: Some("bruno"), ..reason("found") }),
            10..=11 => self.print(store, by, permit, chance, log),
            12 => new_codes(store, by, permit, log),
            13 => {
                let key = checkpoint_key();
                let id = key_id(&key.public()).unwrap();
                let signed = store.checkpoint::<StoreError>(&at, id, |message| {
                    Ok(key.sign(HashAlgorithm::Sha256, message).unwrap())
                })?;
                if let Some(signed) = signed {
                    writeln!(log, "checkpoint {}", String::from_utf8(signed.encode()).unwrap().trim()).unwrap();
                }
                Ok(())
            }
            // Somebody looks: what he sees is one state, never half of a change.
            _ => {
                let standing = store.permit_standing(&number)?.unwrap();
                assert!(standing.sod_digest == Some(permit.seal()));
                Ok(())
            }
        }
    }

    /// The letter with the codes: the ciphertext leaves the register, then the printer may say that it is done.
    fn print(
        &self,
        store: &mut Store,
        by: By<'_>,
        permit: Permit,
        chance: &mut SeededEntropy,
        log: &mut File,
    ) -> Result<(), StoreError> {
        let number = permit.number();
        let consumed = store.consume_codes(by, &number, "activation")?;
        writeln!(log, "consumed {number} {}", consumed.generation).unwrap();
        match draw(chance) % 4 {
            0 => Ok(()),
            1 => store.codes_lost(by, &number, consumed.generation, "paper-jam"),
            _ => store.envelope_printed(by, &number, consumed.generation),
        }
    }
}

/// Reissue: stored before the chip is told, set after it answered.
fn new_codes(store: &mut Store, by: By<'_>, permit: Permit, log: &mut File) -> Result<(), StoreError> {
    let number = permit.number();
    let generation = store.next_codes(&number)?;
    let record = store.permit_standing(&number)?.unwrap().record;
    let serial = permit.serial();
    store.codes_made(by, NewCodes { record, serial, generation, ciphertext: &[0xC0; 48], verifier: &[0xC1; 48] })?;
    writeln!(log, "made {number} {generation}").unwrap();
    store.codes_set(by, serial)
}

/// Two permits of one consignment: both or none.
fn annul_two(store: &mut Store, by: By<'_>, permit: Permit, permits: u64, log: &mut File) -> Result<(), StoreError> {
    let other = Permit(1 + permit.0 % permits);
    let numbers = [permit.number(), other.number()];
    let facts = PermitFacts { reason: Some("lost-in-transport"), second: Some("bruno"), ..PermitFacts::default() };
    store.annul_consignment(by, &numbers, [4; 32], &facts)?;
    for number in numbers {
        writeln!(log, "did {number} annul annulled").unwrap();
    }
    Ok(())
}

/// Whether a code says that something must not be, and not that something is broken.
fn is_refusal(code: &str) -> bool {
    ["permit.", "codes."].iter().any(|family| code.starts_with(family))
        || ["store.delivered", "store.no-intent", "store.consignment", "store.intent-open"].contains(&code)
}
