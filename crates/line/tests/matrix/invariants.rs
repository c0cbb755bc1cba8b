//! What must hold when everything was resumed: read from the register, the trace and the chips, never from the line's word.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use sigillo_apdu::fcp::LifeCycle;
use sigillo_authority::{Act as Issued, Register};
use sigillo_channel::bac::MrzSecret;
use sigillo_codes::CodesState;
use sigillo_crypto::{SeededEntropy, sha256};
use sigillo_inspect::{FileName, ReadOutcome, ReadSession, judge};
use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_reader::{Card, VirtualCard, drive};
use sigillo_seal::x509::Certificate;
use sigillo_store::{CardRow, PermitRow, RecordRow, Store, StoreError};

use super::machine;
use crate::workshop::{CHIPS, LOT, Open, RECORDS, Record, Workshop, now, serial};

/// Everything that does not hold, in words.
pub(crate) fn violated(shop: &Workshop) -> Vec<String> {
    let Open { store, .. } = shop.open(0xA0);
    let mut audit = Audit { store, shop, faults: Vec::new() };
    audit.trace();
    let cards = audit.cards();
    for (record, row) in RECORDS.iter().zip(audit.store.records_of(LOT).unwrap()) {
        audit.record(record, &row, &cards);
    }
    for name in CHIPS {
        audit.chip(name, cards.get(name));
    }
    audit.slots(&cards);
    if shop.0.join(machine::LOG).exists() {
        audit.whole(&cards);
    }
    audit.faults
}

struct Audit<'s> {
    store: Store,
    shop: &'s Workshop,
    faults: Vec<String>,
}

impl Audit<'_> {
    fn holds(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(what());
        }
    }

    /// The trace verifies, every record is released in it once, and every act is closed.
    fn trace(&mut self) {
        let verified = self.store.verify_trace(None);
        self.holds(verified.is_ok(), || format!("the trace does not verify: {verified:?}"));
        let mut released: BTreeMap<u64, u32> = BTreeMap::new();
        let read = self.store.trace_entries(|entry| {
            let entry: Value = serde_json::from_slice(&entry.entry).unwrap();
            if let (Some("release"), Some(record)) = (entry["act"].as_str(), entry["subject"]["id"].as_u64()) {
                *released.entry(record).or_default() += 1;
            }
            Ok::<(), StoreError>(())
        });
        read.unwrap();
        let wanted: BTreeMap<u64, u32> = RECORDS.iter().map(|record| (record.line, 1)).collect();
        self.holds(released == wanted, || format!("releases in the trace, by record: {released:?}"));
        let open = self.store.all_open_intents().unwrap();
        self.holds(open.is_empty(), || format!("open acts: {:?}", open.iter().map(|row| row.act).collect::<Vec<_>>()));
        let runs = self.store.runs().unwrap();
        let ended = runs.iter().filter(|run| run.lot.is_some()).all(|run| run.ended_at.is_some());
        self.holds(ended && runs.iter().filter(|run| run.lot.is_some()).count() == 1, || {
            "the run of the lot".to_owned()
        });
    }

    /// Every chip that entered is in one of the four places.
    fn cards(&mut self) -> BTreeMap<&'static str, CardRow> {
        let counts = self.store.card_counts().unwrap();
        let count = |states: &[CardState]| states.iter().filter_map(|state| counts.get(state)).sum::<u64>();
        let places = [
            count(&[CardState::Stock]),
            count(&[CardState::Entering, CardState::Bound, CardState::Written, CardState::Locked, CardState::Printed]),
            count(&[CardState::Released]),
            count(&[CardState::Scrapped]),
        ];
        let entered = CHIPS.len() as u64;
        self.holds(places.iter().sum::<u64>() == entered, || format!("{places:?} chips, {entered} entered"));
        self.holds(places == [1, 0, 2, 1], || format!("stock, in work, released, scrapped: {places:?}"));
        CHIPS.into_iter().filter_map(|name| Some((name, self.store.card(serial(name)).unwrap()?))).collect()
    }

    /// The record is formed, its permit names a released card, and that card opens with the record and proves itself.
    fn record(&mut self, record: &Record, row: &RecordRow, cards: &BTreeMap<&'static str, CardRow>) {
        let line = record.line;
        self.holds(row.state == RecordState::NotIssued, || format!("record {line} is {}", row.state.name()));
        let number = row.document_number.clone().unwrap_or_default();
        self.holds(row.number_from_blank == record.number.is_none(), || {
            format!("record {line} has its number from elsewhere")
        });
        let permit = self.store.permit(&number).unwrap();
        let Some(permit) = permit.filter(|permit| permit.record == row.id) else {
            return self.faults.push(format!("record {line} has no permit"));
        };
        let owned: Vec<_> = cards.iter().filter(|(_, card)| is_living(card) && card.record == Some(row.id)).collect();
        let &[(name, card)] = owned.as_slice() else {
            return self.faults.push(format!("record {line} has {} living cards", owned.len()));
        };
        self.holds(card.state == CardState::Released, || format!("the card of record {line} is {}", card.state.name()));
        self.holds(card.serial == permit.serial, || format!("the permit of record {line} names another card"));
        let expected = record.number.map(str::to_owned).or(card.blank_number.clone());
        self.holds(Some(number.clone()) == expected, || format!("record {line} has number {number}"));
        self.public_read(record, name, &number, &permit);
    }

    /// A terminal with nothing but the machine readable zone and the CSCA's certificate.
    fn public_read(&mut self, record: &Record, chip: &str, number: &str, permit: &PermitRow) {
        let secret = MrzSecret::from_mrz_information(&record.mrz_information(number));
        let outcome = match read(self.shop, chip, &secret) {
            Ok(outcome) => outcome,
            Err(why) => {
                return self.faults.push(format!("chip {chip} does not open with record {}: {why}", record.line));
            }
        };
        let digest = outcome.file(FileName::Sod).map(sha256);
        self.holds(digest == Some(permit.sod_digest), || {
            format!("chip {chip} holds another seal than the permit names")
        });
        let trust = [Certificate::decode(&fs::read(self.shop.csca()).unwrap()).unwrap()];
        let checks = judge(&outcome, &trust, &secret, now().to_zoned(jiff::tz::TimeZone::UTC).datetime());
        let opened =
            checks.iter().any(|check| ["access.pace", "access.bac"].contains(&&*check.name) && check.is_passed());
        self.holds(opened, || format!("chip {chip} does not open"));
        for needed in ["sod.signature", "sod.chain", "sod.validity", "dg1.hash", "dg2.hash", "mrz.matches-access-key"] {
            let passed = checks.iter().any(|check| check.name == needed && check.is_passed());
            self.holds(passed, || format!("chip {chip}: {needed} did not pass"));
        }
        for failed in checks.iter().filter(|check| check.is_failed()) {
            self.faults.push(format!("chip {chip}: {failed:?}"));
        }
    }

    /// Of the whole profile: codes that the issuing circuit can open, and that stand in the register for the card that left; one
    /// print a card, with its own access number; a certificate of the chip's own key, recorded and on the chip.
    fn whole(&mut self, cards: &BTreeMap<&'static str, CardRow>) {
        let mut circuit = self.shop.open(0xA1);
        let log = fs::read_to_string(self.shop.0.join(machine::LOG)).unwrap();
        let register = Register::open(&self.shop.0.join("pki")).unwrap();
        self.holds(log.lines().count() == RECORDS.len(), || format!("{} prints", log.lines().count()));
        for (name, card) in cards.iter().filter(|(_, card)| card.state == CardState::Released) {
            let number = self.store.record(card.record.unwrap()).unwrap().document_number.unwrap();
            let newest = self.store.codes_of(&number).unwrap().pop();
            let is_set = newest.is_some_and(|codes| codes.serial == card.serial && codes.state == CodesState::Set);
            self.holds(is_set, || format!("chip {name} has no codes that were set"));
            let codes = match circuit.codes_of(&number) {
                Ok(codes) => codes,
                Err(why) => {
                    self.faults.push(format!("the codes of chip {name} cannot be opened: {why}"));
                    continue;
                }
            };
            let printed: Vec<&str> = log.lines().filter(|line| line.starts_with(&number)).collect();
            let can = codes.can.unwrap().expose(|digits| String::from_utf8(digits.to_vec()).unwrap());
            self.holds(printed.len() == 1 && printed[0].ends_with(&can), || {
                format!("chip {name} is printed {} times, or with another access number", printed.len())
            });
            let image = VirtualCard::open(&self.shop.image(name)).unwrap().chip().image();
            for code in [codes.pin.expose(<[u8]>::to_vec), codes.puk.expose(<[u8]>::to_vec), can.into_bytes()] {
                self.holds(contains(&image, &code), || format!("chip {name} holds other codes than the register"));
            }
            self.holds(self.store.can_of(card.serial).unwrap().is_none(), || format!("the number of {name} is kept"));
            let certificates =
                fs::read_dir(self.shop.0.join("pki/certificates")).unwrap().map(|entry| entry.unwrap().path());
            let holders = certificates.filter(|path| path.to_string_lossy().contains("/holder-"));
            let on_chip: Vec<Vec<u8>> =
                holders.map(|path| fs::read(path).unwrap()).filter(|der| contains(&image, der)).collect();
            let is_recorded = |der: &Vec<u8>| {
                let digest = hex::encode(sha256(der));
                register
                    .entries()
                    .iter()
                    .any(|entry| matches!(&entry.act, Issued::Issue { digest: of, .. } if *of == digest))
            };
            self.holds(on_chip.len() == 1 && on_chip.iter().all(is_recorded), || {
                format!("chip {name} holds {} certificates of the folder, or one that is not recorded", on_chip.len())
            });
        }
    }

    /// What is in a chip's memory fits the place that the register gives the chip.
    fn chip(&mut self, name: &str, row: Option<&CardRow>) {
        let Some(row) = row else { return self.faults.push(format!("chip {name} never entered")) };
        let card = VirtualCard::open(&self.shop.image(name)).unwrap();
        let (image, life_cycle) = (card.chip().image(), card.chip().life_cycle());
        let marks = |record: &Record| [record.mrz_names.as_bytes().to_vec(), record.portrait_mark()];
        let found: BTreeSet<u64> = RECORDS
            .iter()
            .filter(|record| marks(record).iter().any(|mark| contains(&image, mark)))
            .map(|record| record.line)
            .collect();
        let own: BTreeSet<u64> = row.record.iter().map(|record| record.number().unsigned_abs()).collect();
        self.holds(found.is_subset(&own), || format!("chip {name} of record {own:?} holds data of {found:?}"));
        let whole = RECORDS
            .iter()
            .all(|record| !own.contains(&record.line) || marks(record).iter().all(|mark| contains(&image, mark)));
        match row.state {
            CardState::Released => {
                self.holds(life_cycle == LifeCycle::Activated, || {
                    format!("chip {name} is released and {life_cycle:?}")
                });
                // Also shows that the marks are looked for where they would be.
                self.holds(whole, || format!("chip {name} is released without its record"));
            }
            CardState::Stock => {
                self.holds(life_cycle == LifeCycle::Initialisation, || {
                    format!("chip {name} is in stock and {life_cycle:?}")
                });
                self.holds(own.is_empty(), || format!("chip {name} is in stock and bound"));
            }
            CardState::Scrapped => {
                let scrapped = row.scrapped.as_ref().unwrap();
                let terminated = life_cycle == LifeCycle::Terminated;
                let fits = match scrapped.manner {
                    ScrapManner::Terminated => terminated,
                    ScrapManner::Mute => terminated && scrapped.witness.is_some(),
                    ScrapManner::LockedRefused => false,
                };
                self.holds(fits, || format!("chip {name} is scrapped as {:?} and {life_cycle:?}", scrapped.manner));
            }
            state => self.faults.push(format!("chip {name} is {}", state.name())),
        }
    }

    /// No slot is in doubt, every seal on a chip has one, and none was counted twice.
    fn slots(&mut self, cards: &BTreeMap<&'static str, CardRow>) {
        let slots = self.store.card_slot_counts().unwrap();
        let released = cards.values().filter(|card| card.state == CardState::Released).count() as u64;
        let seals: BTreeSet<_> = cards.values().filter_map(|card| card.sod_digest).collect();
        self.holds(slots.reserved == 0, || format!("{} slots are in doubt", slots.reserved));
        self.holds(slots.used >= released, || format!("{} slots for {released} released cards", slots.used));
        self.holds(seals.len() as u64 <= slots.used, || format!("{} slots for {} seals", slots.used, seals.len()));
    }
}

fn is_living(card: &CardRow) -> bool {
    card.state != CardState::Scrapped
}

fn read(shop: &Workshop, chip: &str, secret: &MrzSecret) -> Result<ReadOutcome, String> {
    let mut card = VirtualCard::open(&shop.image(chip)).unwrap();
    card.reset().unwrap();
    let mut entropy = SeededEntropy::new([0xA2; 32]);
    let secret = secret.expose(MrzSecret::from_bytes).unwrap();
    let mut session = ReadSession::new(secret, &mut entropy);
    drive(&mut card, &mut session).map_err(|error| error.to_string())?;
    Ok(session.into_outcome())
}

fn contains(image: &[u8], mark: &[u8]) -> bool {
    let first = mark.first();
    (0..image.len()).any(|at| image.get(at) == first && image.get(at..).is_some_and(|rest| rest.starts_with(mark)))
}
