//! What a type prints of itself: one value of each type that can hold a secret or a person, and a list that no type escapes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;

use sigillo_apdu::{Action, CommandApdu, Event, ResponseApdu, StatusWord};
use sigillo_channel::bac::{self, MrzSecret};
use sigillo_channel::scp03::{KeySet, chip, host};
use sigillo_channel::secure_messaging;
use sigillo_codes::{CipVerifier, CodeCiphertext, CodePolicy, CodeSet, EnvelopeContents, Generator, Pin};
use sigillo_crypto::passphrase::PassphraseCost;
use sigillo_crypto::{
    Curve, CurvePrivateKey, Entropy, HashAlgorithm, P256PrivateKey, PrivateKey, RsaPrivateKey, ScriptedEntropy,
    SeededEntropy, sha256,
};
use sigillo_envelope::{Letter, Office};
use sigillo_inspect::gate::Expected;
use sigillo_inspect::services::{Order, ServiceRequest, ServiceSession};
use sigillo_inspect::{Document, FileName, ReadOutcome, ReadSession, Report, Request};
use sigillo_issuance::record::{HolderRecord, LotRules, Part, RegisteredHolder, parse_line};
use sigillo_keystore::{Keystore, Mode, SoftwareKeys};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::sod::EfSod;
use sigillo_line::{Home, LetterName, Line};
use sigillo_office::{Addressee, LetterRequest};
use sigillo_perso::{FileSet, Limits, PersoDriver};
use sigillo_profile::{Content, Profile, embedded};
use sigillo_reader::VirtualCard;
use sigillo_seal::DocumentSecurityObject;
use sigillo_seal::signer::ReservedSlot;
use sigillo_secret::{SecretBytes, SessionKey, SymmetricKey};
use sigillo_store::{By, Ciphertext, ConsumedCodes, LotMeta, NewCodes, NewRecord, RecordId, SealedPart, Serial, Store};
use sigillo_tlv::Reader;
use sigillo_vchip::Chip;

use crate::needles::Secrets;
use crate::secrets::{Folder, files_below, of_people};
use crate::workshop::{NOW, demo_lot, repository};

#[test]
fn no_value_prints_a_secret_or_a_person() {
    let mut entropy = SeededEntropy::new([5; 32]);
    let mut key = [0; 32];
    entropy.fill(&mut key);
    let mut secrets = Secrets::new();
    secrets.key("the key", &key);
    of_people(&mut secrets, &demo_lot());
    let mut shown = Shown::default();
    bytes(&mut shown, &mut secrets, &key);
    channels(&mut shown, &mut secrets, &key);
    people(&mut shown, &mut secrets, &key);
    letters(&mut shown, &mut secrets);
    for (name, printed) in &shown.0 {
        let found = secrets.found_in(printed.as_bytes());
        assert!(found.is_empty(), "{name} prints {found:?}: {}", printed.chars().take(400).collect::<String>());
    }
    every_type_is_judged(&shown);
}

/// What types printed, by `crate::Type`.
#[derive(Default)]
struct Shown(BTreeMap<String, String>);

impl Shown {
    fn show(&mut self, name: &str, value: &dyn Debug) {
        let printed = format!("{value:?}\n{value:#?}\n");
        self.0.entry(name.to_owned()).or_default().push_str(&printed);
    }
}

/// L0: bytes, keys, APDUs, TLVs.
fn bytes(shown: &mut Shown, secrets: &mut Secrets, key: &[u8; 32]) {
    shown.show("secret::SecretBytes", &SecretBytes::copy_of(key));
    shown.show("secret::SymmetricKey", &SymmetricKey::new(key).unwrap());
    shown.show("secret::SessionKey", &SessionKey::new(key).unwrap());
    shown.show("crypto::P256PrivateKey", &P256PrivateKey::from_bytes(key).unwrap());
    let rsa = RsaPrivateKey::generate(1024, &mut SeededEntropy::new([1; 32])).unwrap();
    rsa.expose(|der| secrets.key("an RSA private key", &der[160..]));
    shown.show("crypto::RsaPrivateKey", &rsa);
    shown.show("crypto::CurvePrivateKey", &CurvePrivateKey::from_bytes(Curve::P256, key).unwrap());
    let on_a_curve = CurvePrivateKey::from_bytes(Curve::P256, key).unwrap();
    shown.show("crypto::PrivateKey", &PrivateKey::of_curve(on_a_curve).unwrap());
    let mut stream = SeededEntropy::new([5; 32]);
    stream.fill(&mut [0; 1]);
    shown.show("crypto::SeededEntropy", &stream);
    shown.show("crypto::ScriptedEntropy", &ScriptedEntropy::new([key.to_vec()]));
    shown.show("apdu::CommandApdu", &CommandApdu::new(0, 0xDA, 0xDF, 0x21).with_data(*key));
    shown.show("apdu::ResponseApdu", &ResponseApdu::new(*key, StatusWord::Success));
    shown.show("apdu::Action", &Action::Transmit(key));
    shown.show("apdu::Event", &Event::Response(key));
    let tlv = sigillo_tlv::encode(0x61, key);
    shown.show("tlv::Tlv", &sigillo_tlv::single(&tlv, 0x61).unwrap());
    shown.show("tlv::Reader", &Reader::new(&tlv));
}

/// L1 and L2: both ends of the channels, and the chip.
fn channels(shown: &mut Shown, secrets: &mut Secrets, key: &[u8; 32]) {
    let set = || {
        let key = |at: usize| SymmetricKey::new(&key[at..at + 16]).unwrap();
        KeySet::new(key(0), key(8), key(16))
    };
    let serial = [0x11; 10];
    shown.show("channel::KeySet", &set());
    let (put_key, _) = host::put_key(&set(), 0x20, 0x30, set()).unwrap();
    shown.show("channel::PutKey", &put_key);
    let (opening, _) = host::initialize_update([1; 8]);
    let (chip_end, answer) = chip::initialize(&set(), 0x30, &serial, [1; 8], [2; 8]).unwrap();
    shown.show("channel::ChipOpening", &chip_end);
    let (host_session, proof) = opening.card_answer(&answer).unwrap().authenticate(&set()).unwrap();
    let chip_session = chip_end.external_authenticate(&proof).unwrap();
    let context = [[1; 8], [2; 8]].concat();
    for (constant, key) in [(4, set().enc()), (6, set().mac()), (7, set().mac())] {
        let input: [&[u8]; 3] = [&[0; 11], &[constant, 0, 0, 128, 1], &context];
        secrets.key("session key of SCP03", &sigillo_crypto::aes_cmac(key, &input).unwrap());
    }
    shown.show("channel::HostSession", &host_session);
    shown.show("channel::ChipSession", &chip_session);

    let mrz = || MrzSecret::from_bytes(&key[..20]).unwrap();
    shown.show("channel::MrzSecret", &mrz());
    let mut entropy = SeededEntropy::new([6; 32]);
    let challenge = bac::chip::Challenge::draw(&mut entropy);
    let (pending, command) = bac::terminal::answer(&mrz(), &challenge.octets(), &mut entropy).unwrap();
    shown.show("channel::Pending", &pending);
    let (session, _) = challenge.external_authenticate(&mrz(), &command, &mut entropy).unwrap();
    shown.show("channel::Session", &session);
    // The draws after RND.IC: RND.IFD, K.IFD, K.IC.
    let mut again = SeededEntropy::new([6; 32]);
    let mut draws = [0; 48];
    again.fill(&mut draws);
    secrets.key("K.IFD", &draws[16..32]);
    secrets.key("K.IC", &draws[32..]);
    let keys = || {
        let key = |at: usize| SessionKey::new(&key[at..at + 16]).unwrap();
        let counter = secure_messaging::SendSequenceCounter::new(7);
        secure_messaging::SessionKeys::new(secure_messaging::Suite::TripleDes, key(0), key(16), counter).unwrap()
    };
    shown.show("channel::SessionKeys", &keys());
    shown.show("channel::Session", &secure_messaging::terminal::Session::new(keys()));

    let folder = tempfile::tempdir().unwrap();
    let card = VirtualCard::create(&folder.path().join("1.chip"), Chip::manufacture(serial, set())).unwrap();
    shown.show("vchip::Chip", card.chip());
    shown.show("reader::VirtualCard", &card);
}

/// A holder on the way from the record to the seal, the register and back from the chip.
fn people(shown: &mut Shown, secrets: &mut Secrets, key: &[u8; 32]) {
    let profile = Profile::parse(embedded("pse-rf-bac").unwrap()).unwrap();
    let holder = holder();
    shown.show("issuance::HolderRecord", &holder);
    let parts = holder.to_parts();
    shown.show("issuance::RecordParts", &parts);
    let (_, register) = parts.iter().next().unwrap();
    shown.show("issuance::RegisteredHolder", &register.expose(RegisteredHolder::from_part).unwrap());
    shown.show("issuance::Child", &holder.children);
    shown.show("issuance::Image", &holder.portrait);
    shown.show("issuance::Fingerprints", &holder.fingerprints);
    shown.show("issuance::CodiceFiscale", &coded().codice_fiscale);

    let mut entropy = SeededEntropy::new([8; 32]);
    let of_the_chip = BTreeMap::from([(Content::DataGroup(14), vec![0x6E, 0x02, 0x31, 0x00])]);
    let files = sigillo_perso::prepare(&holder, "I31864507", &of_the_chip, &profile, &mut entropy).unwrap();
    shown.show("perso::FileSet", &files);
    data_groups(shown, &files);
    secrets.key("hash of DG1", &sha256(files.file(Content::DataGroup(1)).unwrap()));
    crate::secrets::of_machine_readable_zone(secrets, &files.mrz().lines().join("\n"));
    shown.show("lds::Td1", files.mrz());

    let folder = tempfile::tempdir().unwrap();
    let home = Home::create(&folder.path().join("home"), Mode::Test, "pse-rf-bac", None).unwrap();
    let today = jiff::civil::date(2026, 11, 2);
    let mut keys = SoftwareKeys::create_test(&home.keys(), &mut entropy, today).unwrap();
    crate::secrets::of_key_files(secrets, &home.keys());
    shown.show("keystore::Keys", &keys);
    let hashed = files.hash(&profile, HashAlgorithm::Sha256).unwrap();
    shown.show("seal::Hashed", &hashed);
    let signer = keys.first_signer().unwrap();
    shown.show("keystore::SignerEntry", signer);
    shown.show("keystore::KeyEntry", &keys.keys());
    let signature = keys.sign_slot(ReservedSlot::reserved(&signer.id, 1), hashed.to_be_signed()).unwrap();
    let seal = hashed.seal(&signature, &signer.certificate, today.at(9, 0, 0, 0)).unwrap();
    shown.show("seal::Seal", &seal);
    let object = DocumentSecurityObject::decode(seal.ef_sod()).unwrap();
    shown.show("seal::LdsSecurityObject", object.lds());
    shown.show("seal::DocumentSecurityObject", &object);
    shown.show("lds::EfSod", &EfSod::decode(seal.ef_sod()).unwrap());

    read_back(shown, secrets, &files, key);
    shown.show("perso::PersoDriver", &PersoDriver::new(Limits::of_profile(&profile)));
    let mut store = Store::create(&home.database().unwrap()).unwrap();
    shown.show("store::Store", &store);
    let cipher = || Ciphertext { nonce: [0; 12], wrapped_key: key.to_vec(), bytes: key.to_vec() };
    shown.show("store::Ciphertext", &cipher());
    let part = || SealedPart { part: Part::Register, generation: 1, cipher: cipher() };
    shown.show("store::SealedPart", &part());
    let record = NewRecord { line: 1, document_number: None, pratica_digest: [7; 32], parts: vec![part()] };
    shown.show("store::NewRecord", &record);
    let by = By { operator: "test", at: NOW, run: None };
    shown.show("store::LotImport", &store.begin_lot(by, LotMeta { name: "lot", digest: [0; 32] }).unwrap());
    shown.show("store::Serial", &Serial::new([0x11; 10]));
    shown.show(
        "line::Line",
        &Line {
            home: &home,
            store: &mut store,
            keys: &mut keys,
            entropy: &mut entropy,
            clock: &|| NOW.parse().unwrap(),
            operator: "test",
            progress: &mut |_| {},
        },
    );
}

fn data_groups(shown: &mut Shown, files: &FileSet) {
    let file = |number| files.file(Content::DataGroup(number)).unwrap();
    shown.show("lds::Dg1", &Dg1::decode(file(1)).unwrap());
    let (dg2, dg3) = (Dg2::decode(file(2)).unwrap(), Dg3::decode(file(3)).unwrap());
    shown.show("lds::FaceImage", &dg2.images().collect::<Vec<_>>());
    shown.show("lds::FingerImage", &dg3.images().collect::<Vec<_>>());
    shown.show("lds::Dg2", &dg2);
    shown.show("lds::Dg3", &dg3);
    let wsq = fs::read(demo_lot().with_file_name("images/f03-left-index.wsq")).unwrap();
    let position = sigillo_lds::dg3::FingerPosition::from_code(7).unwrap();
    shown.show("lds::Finger", &sigillo_lds::dg3::Finger { position, wsq });
    let dg11 = Dg11::decode(file(11)).unwrap();
    shown.show("lds::PartialDate", &dg11.birth_date);
    shown.show("lds::Dg11", &dg11);
    shown.show("lds::Dg12", &Dg12::decode(file(12)).unwrap());
}

/// What a terminal and the gate hold.
fn read_back(shown: &mut Shown, secrets: &mut Secrets, files: &FileSet, key: &[u8; 32]) {
    let mut outcome = ReadOutcome::default();
    for number in [1, 2, 11, 12] {
        let name = FileName::DataGroup(DataGroupNumber::new(number).unwrap());
        outcome.files.insert(name, files.file(Content::DataGroup(number)).unwrap().to_vec());
    }
    shown.show("inspect::ReadOutcome", &outcome);
    let document = Document::of(&outcome);
    shown.show("inspect::Field", &document.fields);
    shown.show("inspect::Document", &document);
    shown.show("inspect::Report", &Report::new(&outcome, Vec::new()).with_document(&outcome));
    shown.show("inspect::Expected", &Expected { readable: outcome.files.clone(), ..Expected::default() });
    let secret = MrzSecret::from_bytes(&key[..20]).unwrap();
    let request = ServiceRequest::of_holder(Request::with_mrz(MrzSecret::from_bytes(&key[..20]).unwrap()), b"F0");
    let [pin, other] = ["71820463", "90355127"].map(|digits| {
        secrets.key("a PIN", digits.as_bytes());
        Pin::parse(SecretBytes::copy_of(digits.as_bytes())).unwrap()
    });
    let request = request.order(Order::ChangePin { old: pin, new: other });
    shown.show("inspect::ServiceRequest", &request);
    shown.show("inspect::ServiceSession", &ServiceSession::new(request, &mut SeededEntropy::new([1; 32])));
    shown.show("inspect::ReadSession", &ReadSession::new(secret, &mut SeededEntropy::new([1; 32])));
    let dg1 = files.file(Content::DataGroup(1)).unwrap();
    shown.show("perso::Outcome", &sigillo_perso::Outcome::File(dg1.to_vec()));
}

/// A holder's codes, from their making to the letter.
fn letters(shown: &mut Shown, secrets: &mut Secrets) {
    let mut source = SeededEntropy::new([0xC0; 32]);
    let policy = CodePolicy { pin_tries: 3, puk_tries: 10, can: true };
    let codes = CodeSet::generate(&mut Generator::new(&mut source), &policy).unwrap();
    codes.pin.expose(|digits| secrets.key("a PIN", digits));
    codes.puk.expose(|digits| secrets.key("a PUK", digits));
    codes.cip.expose(|digits| secrets.key("a CIP", digits));
    let plain = codes.to_plain();
    let recipient = CurvePrivateKey::generate(Curve::P256, &mut source).public().unwrap();
    let ciphertext = CodeCiphertext::encrypt(1, &recipient, b"", &plain, &mut source).unwrap();
    shown.show("codes::CodeCiphertext", &ciphertext);
    let verifier = CipVerifier::make(&plain, PassphraseCost::RANDOM, &mut source).unwrap();
    shown.show("codes::CipVerifier", &verifier);
    let person = holder();
    let office = Office { name: "Questura".into(), address: Vec::new(), telephone: "112".into() };
    let letter = Letter {
        holder: &person.surname,
        holder_in_mrz: &person.mrz_surname,
        document_number: "I00000000",
        office: &office,
        policy,
        codes: &codes,
        printed_on: jiff::civil::date(2026, 11, 2),
    };
    shown.show("envelope::Letter", &letter);
    let (written, in_mrz) = (person.surname.clone(), person.mrz_surname.clone());
    shown.show("line::LetterName", &LetterName { written: written.clone(), in_mrz: in_mrz.clone() });
    let addressee = Addressee { name: written, name_in_mrz: in_mrz };
    shown.show("office::Addressee", &addressee);
    let request = LetterRequest {
        document_number: "I00000000",
        reason: "reissue",
        addressee: &addressee,
        office: &office,
        policy,
    };
    shown.show("office::LetterRequest", &request);
    let bytes = plain.expose(<[u8]>::to_vec);
    let (record, serial) = (RecordId::new(1), Serial::new([0; 10]));
    let new = NewCodes { record, serial, generation: 1, ciphertext: &bytes, verifier: &bytes };
    shown.show("store::NewCodes", &new);
    shown.show("store::ConsumedCodes", &ConsumedCodes { record, generation: 1, ciphertext: bytes.clone() });
    shown.show("codes::EnvelopeContents", &EnvelopeContents::new("I00000000", 1, codes));
}

/// The demo's record with children; every field but the codice fiscale.
fn holder() -> HolderRecord {
    record(3)
}

fn coded() -> HolderRecord {
    record(1)
}

fn record(number: usize) -> HolderRecord {
    let lot = fs::read_to_string(demo_lot()).unwrap();
    let rules = LotRules::new(jiff::civil::date(2026, 11, 2));
    parse_line(lot.lines().nth(number - 1).unwrap(), &Folder(repository("demo")), &rules).unwrap()
}

/// Whoever prints himself in a way of his own was shown; whoever lets the compiler print octets or text was shown, or is
/// known to hold nothing secret and nobody's data.
fn every_type_is_judged(shown: &Shown) {
    let mut open = BTreeSet::new();
    for file in files_below(&repository("crates")) {
        let path = file.to_str().unwrap().to_owned();
        if !path.ends_with(".rs") || !path.contains("/src/") {
            continue;
        }
        let folder = path.rsplit("crates/").next().unwrap().split('/').next().unwrap();
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for name in by_hand(source).into_iter().chain(by_compiler(source)) {
            open.insert(format!("{folder}::{name}"));
        }
    }
    open.retain(|name| !shown.0.contains_key(name));
    let judged: BTreeSet<String> =
        JUDGED.iter().flat_map(|(_, names)| names.split_whitespace()).map(str::to_owned).collect();
    let vectors = |name: &&String| !name.starts_with("vectors::");
    let missing: Vec<_> = open.difference(&judged).filter(vectors).collect();
    assert!(missing.is_empty(), "print a value of each here, or say why it holds nothing secret: {missing:?}");
    let gone: Vec<_> = judged.difference(&open).collect();
    assert!(gone.is_empty(), "judged, but not there: {gone:?}");
}

/// The types of `impl Debug for`.
fn by_hand(source: &str) -> Vec<String> {
    source.split("Debug for ").skip(1).map(first_word).filter(|name| !name.is_empty()).collect()
}

/// The types that derive `Debug` and have octets or text in them.
fn by_compiler(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in source.split("#[derive(").skip(1) {
        let Some((derived, rest)) = part.split_once(")]") else { continue };
        if !derived.split(", ").any(|name| name == "Debug") {
            continue;
        }
        let Some(at) = ["struct ", "enum "].iter().filter_map(|word| Some(rest.find(word)? + word.len())).min() else {
            continue;
        };
        let item = &rest[at..];
        let lines = item.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut body = String::new();
        for line in lines {
            body += &line.replace("&'static str", "");
            if line == "}" || line.ends_with(";") && body.lines().count() <= 1 {
                break;
            }
            body.push('\n');
        }
        let words: BTreeSet<&str> = body.split(|c: char| !c.is_alphanumeric()).collect();
        let octets = ["Vec<u8>", "[u8"].iter().any(|octets| body.contains(octets));
        if octets || ["String", "str", "Value"].iter().any(|text| words.contains(text)) {
            names.push(first_word(item));
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Types that print octets or text, and why they may.
#[rustfmt::skip]
const JUDGED: &[(&str, &str)] = &[
    ("challenges, tokens, serials and public keys, as they cross the air in clear",
        "channel::Agreed channel::Binding channel::Challenged channel::Confirmation channel::EfCvcaReference channel::KeyAgreement channel::Opened crypto::CurvePoint crypto::DomainParameters channel::CardAnswer channel::Challenge channel::Opening channel::SecurityInfo channel::Sent channel::TerminalAuthentication lds::Dg14 lds::Dg15 line::ChipFiles perso::ChipKeys perso::Identity \
         tlv::Tag"),
    ("headers around a file's content: types, lengths, versions, finger positions",
        "lds::BiometricHeader lds::Com lds::DocumentCode lds::FingerRecord lds::Group seal::LdsVersionInfo"),
    ("profiles and plans: data that everybody may read",
        "apdu::FileKind perso::Act perso::PersoPlan perso::PlanStep perso::Target profile::ConditionName profile::Environment \
         profile::FileKind profile::FileSpec profile::GateCheck profile::KeyPairSpec profile::ObjectSpec profile::Row profile::Profile profile::SecretSpec \
         line::Configuration line::KeystoreSettings line::OfficeSettings line::PrinterSettings envelope::Office office::PrinterPipe keystore::IssuerSettings"),
    ("certificates, and what becomes one",
        "cvc::CertificateBody cvc::CertificateRequest cvc::Chat cvc::CvCertificate cvc::CvDate cvc::CvPublicKey \
         cvc::HolderReference cvc::Oid cvc::OuterSignature cvc::Rights cvc::Unsigned cvc::UnsignedRequest seal::Certificate seal::CertificateProfile seal::Country seal::Known seal::SerialNumber seal::SignedData \
         seal::SubjectName seal::Unsigned seal::CertificateRequest seal::Crl seal::DeviationDescription \
         seal::DeviationDocuments seal::DeviationList seal::DeviationSigner seal::Finding seal::MasterList seal::RevokedCertificate \
         seal::UnsignedList"),
    ("what an authority issued and revoked: names of authorities and signers, numbers, days; a holder is `Holder`",
        "authority::Act authority::AuthorityError authority::By authority::DeviationNote authority::Entry authority::Issued authority::Judged \
         authority::Occasion authority::Remark authority::Revocations authority::Settings authority::Taken"),
    ("what a key store says of itself: roles, labels, names of custodians, check values, digests; components are redacted",
        "keystore::CeremonyScript keystore::CeremonyStep keystore::Chain keystore::Component keystore::Custodian keystore::Entry \
         keystore::Event keystore::Finding keystore::KeyAct keystore::Place \
         keystore::Register keystore::RegisteredCertificate \
         keystore::Transcript keystore::Which"),
    ("handles of a key store: names and counts; the tests of its crate print and search them, a token's too",
        "keystore::Folder keystore::Module keystore::Token keystore::TokenSession"),
    ("codes, sentences, names of fields and files; the run of the program is searched for what they say",
        "inspect::Check inspect::Errand inspect::FileRow inspect::Goal inspect::Outcome inspect::RefusedRow issuance::Fault keystore::KeystoreError \
         line::LineError perso::PersoError perso::PersoErrorKind profile::ProfileErrorKind reader::LinkError seal::Check"),
    ("rows of the register, journal and trace: its database is searched",
        "issuance::Checkpoint issuance::SignedCheckpoint issuance::CheckpointKeys store::KeptPart store::KeptAccessNumber store::WholeRecord \
         store::Retained store::RetentionRow line::Retention \
         issuance::StoredEntry issuance::Token line::HandDocument line::LotReport line::Progress line::ReportRow line::RunReport \
         line::SealFor line::Sealed line::Sealer line::SignerState seal::ReservedSlot store::DocumentSeal store::SlotPurpose \
         store::By store::CardRow store::CodesRow store::Gate store::JournalRow store::LotMeta store::LotRow store::PermitRow store::RecordRow \
         store::DatabaseError store::Manifest store::RunRow store::Scrapped"),
    ("the address of a database's server, which is refused with a password in it",
        "line::StoreSettings store::PostgreSqlAddress"),
    ("readers by their names, and what a machine says of its daemons",
        "line::ReaderStation reader::Finding reader::PcscCard reader::ReaderSeen reader::Surroundings"),
    ("signed SecurityInfos and TEST chips with everything that made them: printed by hand, as names and lengths",
        "seal::CardSecurity seal::UnsignedCardSecurity specimen::Issuer specimen::Specimen specimen::Supply specimen::TerminalChain specimen::Terminals"),
    ("conformance cases and their items: data that everybody may read",
        "access-judge::Row qualify::CaChoice qualify::Case qualify::CertificateRecipe qualify::Condition qualify::Each qualify::Exchange \
         qualify::Filter qualify::IcsItem qualify::PaceChoice qualify::Part qualify::Phase qualify::Step \
         qualify::TemplateError qualify::Unit qualify::Verb"),
    ("verdicts on chips: status words, lengths and sentences, never octets",
        "access-judge::Deviation access-judge::NotReached qualify::CaseRow qualify::Gone qualify::Halt qualify::IcsRow qualify::Options qualify::Progress \
         qualify::QualifyError qualify::Report qualify::Verdict"),
    ("printed by hand, as names and lengths; private to their crates, or made by them alone",
        "codes::Generator line::PrintJob inspect::Progress inspect::Reading inspect::Request inspect::TerminalCredentials lds::Octets lds::Td1Fields qualify::Authority qualify::Facts qualify::Lab \
         qualify::Response qualify::SecureSession qualify::TerminalChain"),
    ("rows of the register's newer parts, heads of the trace and requests: digests, numbers, names of operators and partners, ciphertexts and wrapped keys",
        "store::CipCaller store::Incoming store::MessageRow store::NewPartner store::OperatorRow store::OutboxRow \
         store::Outgoing store::PartnerRow store::PermitEventRow store::PermitFacts store::PermitStanding \
         issuance::Notification issuance::Order issuance::RequestId issuance::SignedRequest"),
    ("an office's lists and refusals, and what a check says: codes, states, digests, document numbers; its report names no holder",
        "exchange::ExchangeError office::Checked office::Ended office::Listed office::LossReport office::OfficeError \
         office::OpenAct office::Reading office::Reason office::Verifier"),
    ("heads of messages, and messages before and after their encryption: numbers and digests; the content is redacted",
        "exchange::Header exchange::Received exchange::Sent line::MessageLot seal::EncryptedMessage seal::KeyAgreement \
         seal::UnsignedMessage"),
    ("desks and errands, printed by hand by the name of who works there",
        "exchange::Desk office::CardAtCounter office::Desk"),
];
