//! What a seal costs beside the primitives in it: software keys by each backend, SoftHSM2, one and two workers; the slot; and
//! what a border does with a seal.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use sigillo_crypto::{
    Backend, HashAlgorithm, KeyAlgorithm, PrivateKey, PublicKey, SignatureAlgorithm, VerifyingKey, sha256,
};
use sigillo_keystore::{Keystore, OsEntropy, SignerEntry, SoftwareKeys};
use sigillo_seal::signer::ReservedSlot;
use sigillo_seal::{LdsVersion, VerificationPolicy, passive, prepare};
use sigillo_store::{By, Database, SlotPurpose, Store};
use tempfile::TempDir;

use crate::clock::{median, median_of, seconds};
use crate::failure::Failure;
use crate::fixture::{Fixture, TODAY};
use crate::row::Row;

const ROUNDS: u32 = 21;
const PIECES: u32 = 60;
const WORKERS: u32 = 2;

/// The groups that are sealed: DG1 whole, and a DG2 as short as one can be, so that hashing hides nothing.
const DG1: [u8; 95] = {
    let mut file = [b'<'; 95];
    let head = [0x61, 0x5D, 0x5F, 0x1F, 0x5A, b'I', b'R', b'I', b'T', b'A'];
    let mut at = 0;
    while at < head.len() {
        file[at] = head[at];
        at += 1;
    }
    file
};
const DG2: [u8; 4] = [0x75, 0x02, 0x5F, 0x2E];

/// A signature with nothing around it.
pub(crate) type Bare<'b> = dyn Fn(&dyn Keystore, &[u8]) -> Result<Vec<u8>, Failure> + Sync + 'b;

/// How every key of this group signs.
pub(crate) const ES256: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);

pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for backend in Backend::ALL {
        let folder = TempDir::new()?;
        let mut entropy = sigillo_crypto::SeededEntropy::new([0x5E; 32]);
        let mut keys = SoftwareKeys::create_test(&folder.path().join("keys"), &mut entropy, TODAY)?;
        keys.use_backend(*backend);
        let name = format!("sealing.{}", backend.name());
        let key = PrivateKey::generate(KeyAlgorithm::P256, &mut entropy)?.with_backend(*backend);
        let bare = |_: &dyn Keystore, message: &[u8]| -> Result<Vec<u8>, Failure> {
            Ok(key.sign(ES256, message, &mut OsEntropy)?)
        };
        rows.extend(one_and_two(&keys, &name, (*backend, key.public(), &bare), 0.80)?);
    }
    rows.extend(verification()?);
    rows.extend(slots()?);
    Ok(rows)
}

/// Seals against bare primitives, in turns, by one worker and by two.
pub(crate) fn one_and_two(
    keys: &dyn Keystore,
    name: &str,
    (backend, public, sign): (Backend, &PublicKey, &Bare<'_>),
    bar: f64,
) -> Result<Vec<Row>, Failure> {
    let entry = keys.first_signer()?.clone();
    let public = VerifyingKey::new(public.clone(), backend);
    let (mut sealed, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let whole = seconds(|| seals(keys, &entry))?;
        let primitives = seconds(|| primitives(keys, &public, sign))?;
        sealed.push(f64::from(PIECES) / whole);
        bare.push(f64::from(PIECES) / primitives);
        ratios.push(primitives / whole);
    }
    let mut rows = vec![
        Row::new(format!("{name}.rate"), median(sealed), "seals/s"),
        Row::new(format!("{name}.bare"), median(bare), "/s"),
        Row::new(format!("{name}.ratio"), median(ratios), "ratio").at_least(bar),
    ];
    let (mut sealed, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let whole = together(keys, |keys| seals(keys, &entry))?;
        let primitives = together(keys, |keys| primitives(keys, &public, sign))?;
        sealed.push(f64::from(WORKERS * PIECES) / whole);
        ratios.push(primitives / whole);
    }
    rows.push(Row::new(format!("{name}.2-workers.rate"), median(sealed), "seals/s"));
    rows.push(Row::new(format!("{name}.2-workers.ratio"), median(ratios), "ratio").at_least(bar));
    Ok(rows)
}

/// Hash, sign, verify, and EF.SOD around it: what the line does for each card.
fn seals(keys: &dyn Keystore, signer: &SignerEntry) -> Result<(), Failure> {
    let hash = signer.certificate.algorithm().hash();
    for number in 1..=u64::from(PIECES) {
        let hashed = prepare(&[(1, &DG1), (2, &DG2)], LdsVersion::V1_8, hash)?;
        let signature = keys.sign_slot(ReservedSlot::reserved(&signer.id, number), hashed.to_be_signed())?;
        black_box(hashed.seal(&signature, &signer.certificate, Fixture::now())?);
    }
    Ok(())
}

/// The same SHA-256, the same signature, the same verification; nothing around them.
fn primitives(keys: &dyn Keystore, public: &VerifyingKey, sign: &Bare<'_>) -> Result<(), Failure> {
    let message = [0x31; 107];
    for _ in 0..PIECES {
        black_box((sha256(black_box(&DG1)), sha256(black_box(&DG2))));
        let signature = sign(keys, black_box(&message))?;
        public.verify(ES256, &message, black_box(&signature))?;
    }
    Ok(())
}

/// Wall time of two workers, each with a session of its own, that begin together.
fn together(keys: &dyn Keystore, work: impl Fn(&dyn Keystore) -> Result<(), Failure> + Sync) -> Result<f64, Failure> {
    let sessions: Vec<Box<dyn Keystore>> = (0..WORKERS).map(|_| keys.worker()).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let outcomes: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let work = &work;
        let hands: Vec<_> = sessions
            .into_iter()
            .map(|session| scope.spawn(move || work(session.as_ref()).map_err(|error| error.to_string())))
            .collect();
        hands.into_iter().map(|hand| hand.join().unwrap_or_else(|_| Err("a worker panicked".to_owned()))).collect()
    });
    let spent = begun.elapsed().as_secs_f64();
    outcomes.into_iter().collect::<Result<Vec<()>, String>>()?;
    Ok(spent)
}

/// A border: decode, message, chain, hashes.
fn verification() -> Result<Vec<Row>, Failure> {
    let folder = TempDir::new()?;
    let mut entropy = sigillo_crypto::SeededEntropy::new([0x5F; 32]);
    let keys = SoftwareKeys::create_test(&folder.path().join("keys"), &mut entropy, TODAY)?;
    let signer = keys.first_signer()?;
    let groups: [(u8, &[u8]); 2] = [(1, &DG1), (2, &DG2)];
    let hashed = prepare(&groups, LdsVersion::V1_8, signer.certificate.algorithm().hash())?;
    let signature = keys.sign_slot(ReservedSlot::reserved(&signer.id, 1), hashed.to_be_signed())?;
    let seal = hashed.seal(&signature, &signer.certificate, Fixture::now())?;
    let trust = [keys.csca_certificate()?.clone()];
    let policy = VerificationPolicy::default();
    let time = median_of(ROUNDS, PIECES, || {
        let checks = passive::verify(seal.ef_sod(), &trust, &groups, Fixture::now(), &policy);
        let holds = checks.iter().all(|check| check.outcome == passive::Outcome::Passed);
        if holds { Ok(()) } else { Err("a seal does not verify".into()) }
    })?;
    Ok(vec![Row::new("sealing.verify.rate", 1.0 / time, "/s")])
}

/// A slot reserved and ended, each durably: what the disk makes of it, and what of it is work.
fn slots() -> Result<Vec<Row>, Failure> {
    let folder = TempDir::new_in(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"))?;
    let mut store = Store::create(&Database::Sqlite(folder.path().join("register.db")))?;
    let by = By { operator: "bench", at: "2026-11-02T12:00:00Z", run: None };
    let mut slot = || -> Result<(), Failure> {
        let number = store.reserve_slot(by, "signer", u64::MAX, SlotPurpose::Document([7; 32]))?;
        Ok(store.document_sealed(by, ("signer", number), [8; 32])?)
    };
    let mut wall = Vec::new();
    let work = median_of(ROUNDS, PIECES, || {
        let begun = Instant::now();
        slot()?;
        wall.push(begun.elapsed().as_secs_f64());
        Ok(())
    })?;
    Ok(vec![
        Row::new("sealing.slot.work", work * 1e6, "µs"),
        Row::new("sealing.slot.with-the-disk", median(wall) * 1e6, "µs"),
    ])
}
