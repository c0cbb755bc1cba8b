//! A card with everything: PACE by four passwords, both authentications of the chip, trust points, and an application for the
//! holder's signatures, each guarded by rules that are written here by hand.

use std::collections::BTreeMap;

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::chip_authentication::{CaProtocol, terminal as chip_authentication};
use sigillo_channel::pace::terminal::{Opened, select};
use sigillo_channel::pace::{PaceInfo, PaceMapping, PaceProtocol, Password};
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::{Curve, CurvePoint};
use sigillo_vchip::PowerLost;

use crate::host::{EF_COM, EMRTD, Host, MRZ_INFORMATION, SE_FORMATION, bytes, fcp_ef, transport};
use crate::terminals;

pub(crate) const ESERVICES: &str = "F0534947494C4C4F01";
pub(crate) const CAN: &str = "123456";
pub(crate) const PIN: &str = "31415926";
pub(crate) const PUK: &str = "27182818";
/// Document number of the worked example, with its check digit.
pub(crate) const CHIP_IDENTITY: &str = "L898902C<3";

/// EF.CardAccess: generic, integrated and chip authentication mapping on P-256 under AES-128.
pub(crate) const CARD_ACCESS: &str = "313C 3012060A04007F0007020204020202010202010C 3012060A04007F0007020204040202010202010C \
     3012060A04007F0007020204060202010202010C";

/// What each security environment asks for: alternatives of mechanism and reference.
const ENVIRONMENTS: [(u8, &[(u8, u8)]); 7] = [
    (2, &[(3, 1), (3, 2), (2, 1)]),
    (3, &[(3, 1), (3, 2)]),
    (4, &[(5, 1)]),
    (5, &[(7, 3)]),
    (6, &[(6, 1)]),
    (7, &[(6, 2)]),
    (8, &[(6, 4)]),
];

/// Activate, create DF, create EF and delete child under SE 1, terminate under SE 1 or 8; PUT DATA and key pairs under SE 1.
const RULES_MF: &str = "8C0517 41414141 AB17 800120 A0069E01419E0148 8401DA 9E0141 840147 9E0141";
/// Delete, create EF and delete child under SE 1; PUT DATA and key pairs under SE 1; INTERNAL AUTHENTICATE under SE 2.
const RULES_EMRTD: &str = "8C0443414141 AB12 8401DA 9E0141 840147 9E0141 840188 9E0142";
/// Deactivate and activate under SE 1 or 7, create EF under SE 1; SELECT under SE 1 or 2; VERIFY, CHANGE REFERENCE DATA and RESET
/// RETRY COUNTER under SE 3, setting codes under SE 6; signatures under SE 5.
const RULES_ESERVICES: &str = "8C020241 AB53 800108 A0069E01419E0147 800110 A0069E01419E0147 8401DA 9E0141 840147 9E0141 \
     8401A4 A0069E01419E0142 840120 9E0143 86022400 9E0143 86022401 9E0146 84012C 9E0143 840188 9E0145 84012A 9E0145";
/// Read under SE 1, or under SE 4.
const FINGERPRINT_READ: &str = "AB11 800101 A0069E01419E0144 800102 9E0141";
/// Read under SE 1 or SE 2.
const INSPECTION_READ: &str = "AB11 800101 A0069E01419E0142 800102 9E0141";
/// Read under SE 1 or SE 3.
const PACE_READ: &str = "AB11 800101 A0069E01419E0143 800102 9E0141";
const OPEN_READ: &str = "8C03034100";

/// The public keys that GENERATE answered with, by application and key reference.
pub(crate) type PublicKeys = BTreeMap<(&'static str, u8), CurvePoint>;

pub(crate) struct Card {
    pub(crate) host: Host,
    pub(crate) keys: PublicKeys,
}

fn fcp_df(fid: &str, name: &str, rules: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!("84{:02X}{name}", name.len() / 2) };
    let body = format!("820138 8302{fid} {name} 8A0103 {rules}");
    format!("62{:02X} {body}", bytes(&body).len())
}

fn text(digits: &str) -> String {
    hex::encode(digits)
}

fn put(host: &mut Host, tag: &str, data: &str) {
    let data = bytes(data);
    let lc = data.len();
    let lc = if lc < 256 { format!("{lc:02X}") } else { format!("00{lc:04X}") };
    host.expect(&format!("00DA{tag}{lc}{}", hex::encode(data)), "9000");
}

fn create(host: &mut Host, fcp: &str) {
    assert_eq!(host.create(fcp).unwrap(), "9000", "{fcp}");
}

fn write(host: &mut Host, data: &str) {
    let data = bytes(data);
    host.expect(&format!("00D60000{:02X}{}", data.len(), hex::encode(&data)), "9000");
}

pub(crate) fn select_application(name: &str) -> String {
    format!("00A4040C{:02X}{name}", name.len() / 2)
}

impl Card {
    /// The card in formation: everything is there, the session is open, the holder's application is current.
    pub(crate) fn formed() -> Self {
        let mut host = Host::new();
        assert!(host.open_scp03(&transport()).unwrap());
        host.put_key().unwrap();
        host.open_formation();
        let mut keys = PublicKeys::new();
        create(&mut host, &fcp_df("3F00", "", RULES_MF));
        put(&mut host, "007B", SE_FORMATION);
        for (number, alternatives) in ENVIRONMENTS {
            let alternatives: String =
                alternatives.iter().map(|(m, r)| format!("A4068001{m:02X}8301{r:02X}")).collect();
            put(&mut host, "007B", &format!("8001{number:02X}{alternatives}"));
        }
        put(&mut host, "DF21", &hex::encode(sigillo_crypto::sha1(MRZ_INFORMATION.as_bytes())));
        put(&mut host, "DF22", &text(CAN));
        put(&mut host, "DF23", &format!("03{}", text(PIN)));
        put(&mut host, "DF24", &format!("0A{}", text(PUK)));
        put(&mut host, "DF32", "020601010002");
        create(&mut host, &fcp_ef(0x011C, 0x1C, 62, OPEN_READ));
        write(&mut host, CARD_ACCESS);
        generate(&mut host, &mut keys, "MF", 0x0C, 1, &["04007F00070202040602"]);

        host.expect("00A4000C023F00", "9000");
        create(&mut host, &fcp_df("0100", EMRTD, RULES_EMRTD));
        create(&mut host, &fcp_ef(0x011E, 0x1E, 22, INSPECTION_READ));
        write(&mut host, EF_COM);
        create(&mut host, &fcp_ef(0x0103, 0x03, 16, FINGERPRINT_READ));
        write(&mut host, "0F0E0D0C0B0A09080706050403020100");
        create(&mut host, &fcp_ef(0x011C, 0x1C, 36, INSPECTION_READ));
        put(&mut host, "DF21", &hex::encode(sigillo_crypto::sha1(MRZ_INFORMATION.as_bytes())));
        put(&mut host, "DF33", &text(CHIP_IDENTITY));
        put(&mut host, "DF31", &hex::encode(terminals::inspection_root().certificate().content()));
        generate(&mut host, &mut keys, "eMRTD", 0x0C, 1, &["04007F00070202030201", "04007F00070202030202"]);
        generate(&mut host, &mut keys, "eMRTD", 0x10, 2, &["04007F00070202030204"]);
        generate(&mut host, &mut keys, "eMRTD", 0x0D, 3, &["04007F00070101040103"]);

        host.expect("00A4000C023F00", "9000");
        create(&mut host, &fcp_df("0200", ESERVICES, RULES_ESERVICES));
        create(&mut host, &fcp_ef(0x0201, 0x01, 4, PACE_READ));
        write(&mut host, "30020500");
        host.expect(&select_application(ESERVICES), "9000");
        put(&mut host, "DF31", &hex::encode(terminals::office_root().certificate().content()));
        generate(&mut host, &mut keys, "eServices", 0x0C, 0x10, &["2A8648CE3D040302"]);
        Self { host, keys }
    }

    /// The card in the field: locked, reset, the holder's application active.
    pub(crate) fn locked() -> Self {
        let mut card = Self::formed();
        card.host.lock().unwrap();
        card.host.reset();
        card
    }

    pub(crate) fn open_pace(&mut self, password: Password) -> Result<Opened, String> {
        self.host.pace(generic(), password)
    }

    /// PACE with the CAN from reset.
    pub(crate) fn open_can(&mut self) {
        self.host.reset();
        self.host.open_pace(can());
    }

    /// Chip Authentication with a key of the eMRTD application, which is selected; yields the terminal's compressed key.
    pub(crate) fn authenticate_chip(&mut self, protocol: CaProtocol, key: u8) -> Vec<u8> {
        self.host.expect(&select_application(EMRTD), "9000");
        let point = self.keys[&("eMRTD", key)].clone();
        self.host.authenticate_chip(protocol, &point, Some(key)).unwrap()
    }
}

pub(crate) fn generic() -> PaceInfo {
    info(PaceMapping::Generic)
}

pub(crate) fn info(mapping: PaceMapping) -> PaceInfo {
    PaceInfo { protocol: PaceProtocol::ecdh(mapping, Suite::Aes128), parameter_id: Some(12) }
}

pub(crate) fn mrz() -> Password {
    Password::mrz(&MrzSecret::from_mrz_information(MRZ_INFORMATION))
}

pub(crate) fn can() -> Password {
    Password::can(CAN).unwrap()
}

pub(crate) fn pin() -> Password {
    Password::pin(PIN).unwrap()
}

pub(crate) fn puk() -> Password {
    Password::puk(PUK).unwrap()
}

fn generate(host: &mut Host, keys: &mut PublicKeys, place: &'static str, domain: u8, reference: u8, oids: &[&str]) {
    let oids: String = oids.iter().map(|oid| format!("06{:02X}{oid}", oid.len() / 2)).collect();
    let body = format!("8001{domain:02X}8301{reference:02X}{oids}");
    let data = format!("AC{:02X}{body}", body.len() / 2);
    let answer = host.send(&format!("00478000{:02X}{data}00", data.len() / 2)).unwrap();
    let point = bytes(answer.strip_suffix("9000").expect(&answer));
    let curve = Curve::from_parameter_id(domain).unwrap();
    keys.insert((place, reference), CurvePoint::decode(curve, &point[5..]).unwrap());
}

impl Host {
    /// One command, inside whatever session is open.
    pub(crate) fn transmit(&mut self, command: &CommandApdu) -> Result<ResponseApdu, PowerLost> {
        let answer = self.send(&hex::encode(command.encode()))?;
        Ok(ResponseApdu::decode(&bytes(&answer)).unwrap())
    }

    /// PACE from MSE:Set AT on, outside or inside a session; the status word that refused it otherwise.
    pub(crate) fn pace(&mut self, info: PaceInfo, password: Password) -> Result<Opened, String> {
        let refused = |error: sigillo_channel::ChannelError| match error {
            sigillo_channel::ChannelError::Refused { status } => status.to_string(),
            other => other.code().to_owned(),
        };
        let (selected, command) = select(&info, password, false).unwrap();
        let response = self.transmit(&command).unwrap();
        // A warning shows how many tries of a code are left.
        let response = match response.status() {
            sigillo_apdu::StatusWord::TriesLeft(1..) => sigillo_apdu::StatusWord::Success.into(),
            _ => response,
        };
        let (asked, command) = selected.accepted(&response).map_err(refused)?;
        let response = self.transmit(&command).unwrap();
        let (mapping, command) = asked.nonce(&response, &mut self.entropy).map_err(refused)?;
        let response = self.transmit(&command).unwrap();
        let (agreement, command) = mapping.mapped(&response, &mut self.entropy).map_err(refused)?;
        let response = self.transmit(&command).unwrap();
        let (confirmation, command) = agreement.agreed(&response).map_err(refused)?;
        self.chip.arm_cut(self.cut_in_last_step.take().unwrap_or(0));
        let Ok(response) = self.transmit(&command) else { return Err("power lost".into()) };
        confirmation.confirmed(&response).map_err(refused)
    }

    /// PACE that must succeed; the session is open afterwards.
    pub(crate) fn open_pace(&mut self, password: Password) -> Vec<u8> {
        let Opened { session, id_picc, .. } = self.pace(generic(), password).unwrap();
        self.secure = Some(session);
        id_picc
    }

    pub(crate) fn authenticate_chip(
        &mut self,
        protocol: CaProtocol,
        key: &CurvePoint,
        key_id: Option<u8>,
    ) -> Result<Vec<u8>, String> {
        use chip_authentication::Progress;
        let (mut exchange, mut command) = chip_authentication::begin(protocol, key, key_id, &mut self.entropy).unwrap();
        loop {
            let response = self.transmit(&command).unwrap();
            match exchange.answered(&response).map_err(|_| response.status().to_string())? {
                Progress::Next(next, following) => (exchange, command) = (next, following),
                Progress::Done(opened) => {
                    self.secure = Some(opened.session);
                    return Ok(opened.compressed_key);
                }
            }
        }
    }
}
