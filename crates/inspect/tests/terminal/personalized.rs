//! A personalized and locked virtual chip, made with raw commands, and the small issuing country that sealed it.

use jiff::civil::{DateTime, date};
use sigillo_apdu::{Action, CommandApdu, Driver, Event, ResponseApdu};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_channel::scp03::host::{HostSession, initialize_update, put_key};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_inspect::{FileName, InspectError, ReadOutcome, ReadSession, Request};
use sigillo_lds::DataGroupNumber;
use sigillo_lds::com::Com;
use sigillo_lds::date::PartialDate;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg11::Dg11;
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
};
use sigillo_seal::{LdsVersion, SignerCertificate, prepare, prepare_card_security};
use sigillo_secret::SymmetricKey;
use sigillo_tlv::encode;
use sigillo_vchip::Chip;

pub(crate) const MRZ: &str =
    "IRUTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
pub(crate) const ACCESS_KEY: &str = "D23145890774081221204159";
const JPEG: &[u8] = include_bytes!("../../../lds/tests/data/rgb.jpg");

/// FCPs and environments by hand, as the decisions describe them.
const FCP_MF: &str = "621F 820138 83023F00 8A0103 8C06374141414141 AB0B 8401DA 9E0141 840147 9700";
const FCP_EMRTD: &str =
    "622D 820138 83020100 8407A0000002471001 8A0103 8C0443414141 AB12 8401DA 9E0141 840147 9E0141 8401DB 9E0141";
const BAC_READ: &str = "AB11 800101 A0069E01419E0142 800102 9E0141";
const OPEN_READ: &str = "8C03034100";
const CLOSED_READ: &str = "8C0443414141";
const SE_FORMATION: &str = "800101A406800101830130";
const SE_INSPECTION: &str = "800102A406800102830101";

pub(crate) fn now() -> DateTime {
    date(2026, 11, 2).at(12, 0, 0, 0)
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

pub(crate) fn secret() -> MrzSecret {
    MrzSecret::from_mrz_information(ACCESS_KEY)
}

pub(crate) fn dg(number: u8) -> FileName {
    FileName::DataGroup(DataGroupNumber::new(number).unwrap())
}

/// What a chip is made from.
pub(crate) struct Blueprint {
    pub(crate) atr_info: &'static str,
    /// Number, file, whether BAC opens it.
    pub(crate) groups: Vec<(u8, Vec<u8>, bool)>,
    pub(crate) com: Vec<u8>,
    pub(crate) sod: Vec<u8>,
    pub(crate) csca: Certificate,
    pub(crate) lock: bool,
}

impl Blueprint {
    /// MRZ, a portrait, fingers that stay closed, personal details, a DG13 that needs offsets beyond 7FFF, and a DG16 with an awkward rest.
    pub(crate) fn new() -> Self {
        let birth_date = PartialDate::new(Some(1974), Some(8), Some(12)).unwrap();
        let dg11 =
            Dg11 { birth_date: Some(birth_date.into()), full_name: Some("Eriksson<<Anna".into()), ..Dg11::default() };
        let noise: Vec<u8> = (0..40_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let groups = vec![
            (1, encode(0x61, &encode(0x5F1F, MRZ.as_bytes())), true),
            (2, Dg2::portrait(JPEG.to_vec()).unwrap().encode(), true),
            (3, encode(0x63, &[0x5A; 700]), false),
            (11, dg11.encode(), true),
            (13, encode(0x6D, &noise), true),
            // One long chunk, and a rest that fits no short protected answer.
            (16, encode(0x70, &[0xD6; 2264]), true),
        ];
        let numbers: Vec<_> = groups.iter().map(|(number, ..)| DataGroupNumber::new(*number).unwrap()).collect();
        let com = Com::new("0108", &numbers).unwrap().encode();
        let (sod, csca) = seal(&groups);
        Self { atr_info: "7F66 08 02020800 02020800", groups, com, sod, csca, lock: true }
    }

    /// Initializes, writes and locks a chip.
    pub(crate) fn chip(&self) -> Chip {
        let mut line = Line::new();
        line.create(FCP_MF, &[]);
        line.send("00DA007B", &bytes(SE_FORMATION));
        line.send("00DA007B", &bytes(SE_INSPECTION));
        line.create(&fcp_ef(0x2F01, 0x01, 64, OPEN_READ), &bytes(self.atr_info));
        line.send("00A4000C", &bytes("3F00"));
        line.create(FCP_EMRTD, &[]);
        line.create(&fcp_ef(0x011E, 0x1E, 64, BAC_READ), &self.com);
        line.create(&fcp_ef(0x011D, 0x1D, 4096, BAC_READ), &self.sod);
        for (number, file, open) in &self.groups {
            let rules = if *open { BAC_READ } else { CLOSED_READ };
            let size = u16::try_from(file.len() + 10).unwrap();
            line.create(&fcp_ef(0x0100 + u16::from(*number), *number, size, rules), file);
        }
        line.send("00DADF21", &sigillo_crypto::sha1(ACCESS_KEY.as_bytes()));
        if self.lock {
            line.send("00A4000C", &bytes("3F00"));
            line.send("00440000", &[]);
        }
        line.chip
    }
}

/// Command and answer, as they travel.
pub(crate) type Exchange = (Vec<u8>, Vec<u8>);

/// Drives an engine against a chip until it ends; also the bytes of every exchange.
pub(crate) fn read(chip: &mut Chip, session: &mut ReadSession<'_>) -> Result<Vec<Exchange>, InspectError> {
    let mut entropy = SeededEntropy::new([0xC4; 32]);
    let mut exchanges = Vec::new();
    chip.power_on();
    while let Action::Transmit(command) = session.next_action() {
        let command = command.to_vec();
        let answer = chip.process(&command, &mut entropy).unwrap();
        session.handle(Event::Response(&answer))?;
        exchanges.push((command, answer));
    }
    Ok(exchanges)
}

/// The right access key, and every question that the release gate asks.
pub(crate) fn like_the_gate() -> Request {
    Request::with_mrz(secret()).probing_the_lock().probing_closed_files()
}

/// Reads a chip with the right access key.
pub(crate) fn outcome_of(chip: &mut Chip) -> ReadOutcome {
    let mut entropy = SeededEntropy::new([1; 32]);
    let mut session = ReadSession::new(like_the_gate(), &mut entropy);
    read(chip, &mut session).unwrap();
    session.into_outcome()
}

/// Hashes and signs; the country is made anew each time from the same seed.
pub(crate) fn seal(groups: &[(u8, Vec<u8>, bool)]) -> (Vec<u8>, Certificate) {
    let country = SmallCountry::new();
    let groups: Vec<(u8, &[u8])> = groups.iter().map(|(number, file, _)| (*number, file.as_slice())).collect();
    let hashed = prepare(&groups, LdsVersion::V1_8, HashAlgorithm::Sha256).unwrap();
    let signature = country.signer_key.sign(HashAlgorithm::Sha256, hashed.to_be_signed()).unwrap();
    (hashed.seal(&signature, &country.signer, now()).unwrap().ef_sod().to_vec(), country.csca)
}

/// EF.CardSecurity, signed by the same document signer.
pub(crate) fn card_security(infos: &[u8]) -> Vec<u8> {
    let country = SmallCountry::new();
    let unsigned = prepare_card_security(infos, HashAlgorithm::Sha256).unwrap();
    let signature = country.signer_key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).unwrap();
    unsigned.sign(&signature, &country.signer, now()).unwrap()
}

/// A signing CA and one document signer.
/// How the small country signs.
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);

struct SmallCountry {
    csca: Certificate,
    signer: SignerCertificate,
    signer_key: P256PrivateKey,
}

impl SmallCountry {
    fn new() -> Self {
        let mut entropy = SeededEntropy::new([7; 32]);
        let (csca_key, signer_key) = (P256PrivateKey::generate(&mut entropy), P256PrivateKey::generate(&mut entropy));
        let sign = |unsigned: &[u8]| csca_key.sign(HashAlgorithm::Sha256, unsigned).unwrap();
        let csca = country_signer(&profile("TEST CSCA", 0xC5, 16), &csca_key.public(), ECDSA).unwrap();
        let signature = sign(csca.to_be_signed());
        let csca = csca.complete(&signature).unwrap();
        let signer =
            document_signer(&profile("TEST DS 1", 0xD5, 11), &["IR"], &signer_key.public(), &csca, ECDSA).unwrap();
        let signature = sign(signer.to_be_signed());
        let signer = signer.complete(&signature).unwrap();
        let signer = SignerCertificate::verify(signer, std::slice::from_ref(&csca)).unwrap();
        Self { csca, signer, signer_key }
    }
}

fn profile(common_name: &str, serial: u8, years: i16) -> CertificateProfile {
    let from = date(2026, 11, 2).at(0, 0, 0, 0);
    let country = Country::parse("IT", "ITA").unwrap();
    CertificateProfile {
        subject: SubjectName::new(country, "Sigillo TEST", None, common_name).unwrap(),
        serial_number: SerialNumber::from_random([serial; 16]),
        valid: Period::new(from, date(2026 + years, 11, 1).at(23, 59, 59, 0)).unwrap(),
        private_key_usage: Period::new(from, date(2027, 2, 1).at(23, 59, 59, 0)).unwrap(),
        parameters: EcParameters::Explicit,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    }
}

fn fcp_ef(fid: u16, sfi: u8, size: u16, rules: &str) -> String {
    let body = format!("820101 8302{fid:04X} 8002{size:04X} 8801{:02X} 8A0103 {rules}", sfi << 3);
    format!("62{:02X} {body}", bytes(&body).len())
}

fn keys(first: u8) -> KeySet {
    let key = |n: u8| SymmetricKey::new(&[first + n; 16]).unwrap();
    KeySet::new(key(0), key(1), key(2))
}

/// A personalization line of a few lines: raw commands inside SCP03.
struct Line {
    chip: Chip,
    session: HostSession,
}

impl Line {
    fn new() -> Self {
        let mut chip = Chip::manufacture(*b"TEST-00001", keys(0xA0));
        chip.power_on();
        let session = open(&mut chip, &keys(0xA0));
        let mut line = Self { chip, session };
        let (_, command) = put_key(&keys(0xA0), 0x20, 0x30, keys(0x50)).unwrap();
        line.transmit(&command);
        line.session = open(&mut line.chip, &keys(0x50));
        line
    }

    fn create(&mut self, fcp: &str, content: &[u8]) {
        self.send("00E00000", &bytes(fcp));
        for (number, chunk) in content.chunks(1000).enumerate() {
            let offset = u16::try_from(number * 1000).unwrap();
            let [high, low] = offset.to_be_bytes();
            if offset < 0x8000 {
                self.transmit(&CommandApdu::new(0x00, 0xD6, high, low).with_data(chunk));
            } else {
                let data = [encode(0x54, &[high, low]), encode(0x53, chunk)].concat();
                self.transmit(&CommandApdu::new(0x00, 0xD7, 0x00, 0x00).with_data(data));
            }
        }
    }

    fn send(&mut self, head: &str, data: &[u8]) {
        let [cla, ins, p1, p2] = bytes(head).try_into().unwrap();
        self.transmit(&CommandApdu::new(cla, ins, p1, p2).with_data(data));
    }

    fn transmit(&mut self, command: &CommandApdu) {
        let wrapped = self.session.wrap(command).unwrap();
        let answer = self.chip.process(&wrapped.encode(), &mut SeededEntropy::new([2; 32])).unwrap();
        let answer = self.session.unwrap(&ResponseApdu::decode(&answer).unwrap()).unwrap();
        assert!(answer.status().is_success(), "{command:?}: {}", answer.status());
    }
}

fn open(chip: &mut Chip, keys: &KeySet) -> HostSession {
    let mut entropy = SeededEntropy::new([3; 32]);
    let mut send =
        |command: &CommandApdu| ResponseApdu::decode(&chip.process(&command.encode(), &mut entropy).unwrap()).unwrap();
    let (opening, command) = initialize_update([1; 8]);
    let (session, command) = opening.card_answer(send(&command).data()).unwrap().authenticate(keys).unwrap();
    assert!(send(&command).status().is_success());
    session
}
