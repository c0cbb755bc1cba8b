//! An office on disk: a register with one released permit, its formed virtual chip, the keys of the desk and the certificates of
//! its terminal. Any process can open it again.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use sigillo_authority::{Revocations, Settings};
use sigillo_channel::bac::MrzSecret;
use sigillo_codes::{Cip, CipVerifier, EnvelopeContents};
use sigillo_crypto::{HashAlgorithm, SeededEntropy, SignatureAlgorithm, sha256};
use sigillo_cvc::issue::{Terms, issue};
use sigillo_cvc::{Chat, CvCertificate, CvDate, CvPrivateKey, CvPublicKey, HolderReference, Role, TerminalType};
use sigillo_inspect::Request;
use sigillo_issuance::record::Part;
use sigillo_keystore::{KeyAct, KeyRole, Keystore, Mode, NoSecrets, SoftwareKeys, StoredAlgorithm};
use sigillo_office::{CardAtCounter, Desk, OfficeError, Rules, Verifier};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_reader::{Card, VirtualCard};
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;
use sigillo_specimen::{Specimen, form};
use sigillo_store::{Act, By, Ciphertext, Database, Gate, LotMeta, NewCodes, NewRecord, SealedPart, Serial, Store};

/// Who works here.
pub(crate) const CLERK: &str = "anna";
/// The second person.
pub(crate) const OTHER: &str = "bruno";
/// The holder's CIP.
pub(crate) const CIP: &str = "07945123457";
/// The eServices application of the profile.
pub(crate) const APPLICATION: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];
/// The day on which the chip was formed; the office works a day later.
const FORMED: Date = date(2026, 11, 2);
const NOW: &str = "2026-11-03T09:00:00Z";
const LINE: By<'static> = By { operator: "line-1", at: "2026-11-02T09:00:00Z", run: None };

/// The folder of an office.
#[derive(Clone, Debug)]
pub(crate) struct Office(pub(crate) PathBuf);

/// What a desk works with, open.
pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) keys: SoftwareKeys,
    pub(crate) entropy: SeededEntropy,
    pub(crate) rules: Rules,
    pub(crate) operator: String,
    pub(crate) second: Option<String>,
    pub(crate) now: String,
    pub(crate) anchors: Vec<Certificate>,
    revocations: Revocations,
    pki: PathBuf,
}

impl Office {
    /// Makes keys, chip, register and certificates.
    pub(crate) fn make(root: &Path) -> Self {
        fs::create_dir_all(root.join("pki/certificates")).unwrap();
        let profile = Profile::parse(embedded("pse-rf").unwrap()).unwrap();
        let specimen = form(&profile, [7; 32], FORMED).unwrap();
        let office = Self(root.to_owned());
        let keys = office.make_keys();
        office.certify(&specimen, &keys);
        fs::write(root.join("csca.der"), specimen.csca().der()).unwrap();
        fs::write(root.join("mrz.txt"), specimen.mrz.mrz_information()).unwrap();
        fs::write(root.join("number.txt"), specimen.mrz.document_number()).unwrap();
        office.release(&specimen, &keys);
        drop(VirtualCard::create(&office.image(), specimen.chip).unwrap());
        office
    }

    /// A copy of everything under another path.
    pub(crate) fn copy(&self, to: &Path) -> Self {
        copy_folder(&self.0, to);
        Self(to.to_owned())
    }

    pub(crate) fn image(&self) -> PathBuf {
        self.0.join("1.chip")
    }

    pub(crate) fn number(&self) -> String {
        fs::read_to_string(self.0.join("number.txt")).unwrap()
    }

    pub(crate) fn database(&self) -> Database {
        Database::Sqlite(self.0.join("sigillo.db"))
    }

    /// What opens the chip.
    pub(crate) fn mrz(&self) -> MrzSecret {
        MrzSecret::from_mrz_information(&fs::read_to_string(self.0.join("mrz.txt")).unwrap())
    }

    /// Opens the office; the randomness of this opening follows from the seed.
    pub(crate) fn open(&self, seed: u8) -> Open {
        let anchors = vec![Certificate::decode(&fs::read(self.0.join("csca.der")).unwrap()).unwrap()];
        let pki = self.0.join("pki");
        Open {
            store: Store::open(&self.database()).unwrap(),
            keys: SoftwareKeys::open(&self.0.join("keys"), Mode::Test, &mut NoSecrets).unwrap(),
            entropy: SeededEntropy::new([seed; 32]),
            rules: Rules::default(),
            operator: CLERK.to_owned(),
            second: None,
            now: NOW.to_owned(),
            revocations: Revocations::open(&pki, &anchors, &Settings::default()).unwrap(),
            anchors,
            pki,
        }
    }

    /// Puts a card at the counter.
    pub(crate) fn with_card<R>(&self, card: &mut dyn Card, work: impl FnOnce(&mut CardAtCounter<'_>) -> R) -> R {
        let mrz = self.mrz();
        let opening = || Ok(Request::with_mrz(self.mrz()));
        work(&mut CardAtCounter { card, opening: &opening, printed: Some(&mrz) })
    }

    /// Puts the permit's own card at the counter.
    pub(crate) fn with_own_card<R>(&self, work: impl FnOnce(&mut CardAtCounter<'_>) -> R) -> R {
        let mut card = VirtualCard::open(&self.image()).unwrap().with_entropy(SeededEntropy::new([0xC4; 32]));
        self.with_card(&mut card, work)
    }

    fn make_keys(&self) -> SoftwareKeys {
        let mut entropy = SeededEntropy::new([0x5E; 32]);
        let mut keys = SoftwareKeys::create_test(&self.0.join("keys"), &mut entropy, FORMED).unwrap();
        let custodians = [CLERK.to_owned(), OTHER.to_owned()];
        let act = KeyAct { on: FORMED, by: &custodians };
        let p256 = StoredAlgorithm::Pair(sigillo_crypto::KeyAlgorithm::P256);
        keys.generate(KeyRole::OfficeTerminal, None, p256, &act, &mut entropy).unwrap();
        keys.generate(KeyRole::CodeEncryption, None, p256, &act, &mut entropy).unwrap();
        keys.generate(KeyRole::CipVerifier, None, StoredAlgorithm::Aes256, &act, &mut entropy).unwrap();
        keys
    }

    /// The terminal's key of the key store, below a document verifier, below the root that the chip trusts.
    fn certify(&self, specimen: &Specimen, keys: &SoftwareKeys) {
        let mut entropy = SeededEntropy::new([0xCE; 32]);
        let offices = specimen.office.as_ref().unwrap();
        let day = CvDate::new(2026, 11, 2).unwrap();
        let until = CvDate::new(2037, 1, 1).unwrap();
        let terms = |holder: &str, role, rights| Terms {
            holder: HolderReference::new("IT", holder, "00001").unwrap(),
            template: Chat::new(TerminalType::Office, role, rights),
            effective: day,
            expiration: until,
        };
        let verifier_key = CvPrivateKey::Ec {
            hash: HashAlgorithm::Sha256,
            key: sigillo_crypto::CurvePrivateKey::generate(sigillo_crypto::Curve::P256, &mut entropy),
        };
        let root = offices.root();
        let verifier = issue(
            terms("DESKDV", Role::DvDomestic, 0x07),
            verifier_key.public().unwrap(),
            root.holder(),
            offices.root_key(),
            &mut entropy,
        )
        .unwrap();
        let key = keys.public_key(&keys.current(KeyRole::OfficeTerminal).unwrap()).unwrap();
        let key = CvPublicKey::new(&key, SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256)).unwrap();
        let mut desk = |rights| {
            let terms = terms("DESK", Role::Terminal, rights);
            issue(terms, key.clone(), verifier.holder(), &verifier_key, &mut entropy).unwrap()
        };
        let (terminal, powerless) = (desk(0x07), desk(0x05));
        let keep = |name: &str, certificate: &CvCertificate| {
            fs::write(self.0.join("pki/certificates").join(name), certificate.encode()).unwrap();
        };
        keep("root.cvcert", root);
        keep("dv.cvcert", &verifier);
        keep("desk.cvcert", &terminal);
        // Without the right to activate; not among those that are used.
        keep("../powerless.cvcert", &powerless);
    }

    /// What the line wrote down of this card.
    fn release(&self, specimen: &Specimen, keys: &SoftwareKeys) {
        let mut store = Store::create(&self.database()).unwrap();
        let number = specimen.mrz.document_number();
        let mut import = store.begin_lot(LINE, LotMeta { name: "lot", digest: [1; 32] }).unwrap();
        let cipher = Ciphertext { nonce: [3; 12], wrapped_key: vec![8; 60], bytes: vec![0xC5; 64] };
        let parts = vec![SealedPart { part: Part::Register, generation: 1, cipher }];
        import.add(&NewRecord { line: 1, document_number: Some(&number), pratica_digest: [2; 32], parts }).unwrap();
        let lot = import.commit().unwrap();
        let record = store.next_received(lot).unwrap().unwrap().id;
        let serial = Serial::new(specimen.serial);
        store.enter_card(LINE, serial, "batch-1", [7; 32]).unwrap();
        store.key_set_replaced(LINE, serial, 0x30).unwrap();
        store.intent(LINE, Act::GenerateKey, serial, &[]).unwrap();
        store.key_generated(LINE, serial, &[4; 65]).unwrap();
        store.card_to_stock(LINE, serial, [2; 32], None).unwrap();
        store.bind(LINE, serial, record).unwrap();
        let slot = store.reserve_slot(LINE, "ds-1", 10, serial).unwrap();
        let sod = sha256(&specimen.files[&Content::Sod]);
        store.sealed(LINE, serial, record, ("ds-1", slot), sod).unwrap();
        self.make_codes(&mut store, keys, &number, record, serial);
        store.written(LINE, serial).unwrap();
        store.intent(LINE, Act::Lock, serial, &[]).unwrap();
        store.locked(LINE, serial).unwrap();
        store.release(LINE, serial, Gate { report_digest: [6; 32], waived: &["print"] }).unwrap();
    }

    /// Codes whose CIP is the holder's, as the line makes them; the chip of a specimen has a PIN of its own.
    fn make_codes(
        &self,
        store: &mut Store,
        keys: &SoftwareKeys,
        number: &str,
        record: sigillo_store::RecordId,
        serial: Serial,
    ) {
        let mut entropy = SeededEntropy::new([0xC1; 32]);
        let mac = keys.cip_mac(number, &cip(CIP)).unwrap();
        let verifier = CipVerifier::make(&mac, CipVerifier::COST, &mut entropy).unwrap();
        let generation = store.next_codes(number).unwrap();
        let plain = SecretBytes::new([b"\x01\x001234567887654321", CIP.as_bytes()].concat());
        let context = EnvelopeContents::context(number, generation);
        let ciphertext = keys.encrypt_code(&context, &plain, &mut entropy).unwrap();
        let verifier = verifier.encode();
        let new = NewCodes { record, serial, generation, ciphertext: &ciphertext, verifier: &verifier };
        store.codes_made(LINE, new).unwrap();
        store.codes_set(LINE, serial).unwrap();
    }
}

impl Open {
    /// The holder gets the letter with the codes: before that nobody can tell a CIP.
    pub(crate) fn hand_over_the_letter(&mut self, office: &Office) {
        let by = By { operator: CLERK, at: NOW, run: None };
        let codes = self.store.consume_codes(by, &office.number(), "handed-over").unwrap();
        self.store.envelope_printed(by, &office.number(), codes.generation).unwrap();
    }

    /// The desk.
    pub(crate) fn desk<R>(&mut self, work: impl FnOnce(&mut Desk<'_>) -> R) -> R {
        let now: Timestamp = self.now.parse().unwrap();
        let clock = || now;
        work(&mut Desk {
            store: &mut self.store,
            keys: &self.keys,
            entropy: &mut self.entropy,
            clock: &clock,
            operator: &self.operator,
            second: self.second.as_deref(),
            rules: &self.rules,
            verifier: Verifier { anchors: &self.anchors, revocations: &self.revocations, application: &APPLICATION },
            pki: &self.pki,
        })
    }

    /// The code of a check of chip and register together.
    pub(crate) fn check(&mut self, office: &Office) -> &'static str {
        let verifier = Verifier { anchors: &self.anchors, revocations: &self.revocations, application: &APPLICATION };
        let now: Timestamp = self.now.parse().unwrap();
        let now = now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        office.with_own_card(|card| {
            let checked = sigillo_office::check(
                Some((&verifier, card)),
                Some(&self.store),
                Some(&office.number()),
                now,
                &mut self.entropy,
            );
            checked.unwrap().answer.code()
        })
    }

    /// The code of a check of the chip alone.
    pub(crate) fn chip_says(&mut self, office: &Office) -> &'static str {
        let verifier = Verifier { anchors: &self.anchors, revocations: &self.revocations, application: &APPLICATION };
        let now: Timestamp = self.now.parse().unwrap();
        let now = now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        office.with_own_card(|card| {
            let checked = sigillo_office::check(Some((&verifier, card)), None, None, now, &mut self.entropy);
            checked.unwrap().answer.code()
        })
    }

    /// The code of a check of the register alone.
    pub(crate) fn register_says(&mut self, office: &Office) -> &'static str {
        let now: Timestamp = self.now.parse().unwrap();
        let now = now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let checked = sigillo_office::check(None, Some(&self.store), Some(&office.number()), now, &mut self.entropy);
        checked.unwrap().answer.code()
    }
}

/// A CIP of digits.
pub(crate) fn cip(digits: &str) -> Cip {
    Cip::parse(SecretBytes::copy_of(digits.as_bytes())).unwrap()
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, OfficeError>) -> String {
    result.unwrap_err().code().to_owned()
}

/// A home that was made once for this test program.
pub(crate) fn template() -> Office {
    static MADE: OnceLock<(tempfile::TempDir, Office)> = OnceLock::new();
    let (_, office) = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let office = Office::make(&folder.path().join("template"));
        (folder, office)
    });
    office.clone()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            // Keeps the mode: the key store insists on private files.
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
