//! A small scripted host: it speaks raw commands, or wraps them with the host ends of the channels.

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac::{self, MrzSecret};
use sigillo_channel::scp03::{KeySet, host};
use sigillo_channel::secure_messaging::terminal;
use sigillo_crypto::SeededEntropy;
use sigillo_secret::SymmetricKey;
use sigillo_vchip::{Chip, PowerLost};

pub(crate) const SERIAL: [u8; 10] = *b"TEST-00001";
pub(crate) const EMRTD: &str = "A0000002471001";
pub(crate) const SE_FORMATION: &str = "800101A406800101830130";
pub(crate) const SE_INSPECTION: &str = "800102A406800102830101";
/// SHA-1 of the worked example's MRZ information, `L898902C<369080619406236`.
pub(crate) const MRZ_INFORMATION: &str = "L898902C<369080619406236";

/// FCPs by hand, from the standard's tables: what a wrong encoder sends is not what stands here.
///
/// Terminate, activate, create DF, create EF and delete child under SE 1; PUT DATA under SE 1, key pairs never.
pub(crate) const FCP_MF: &str = "621F 820138 83023F00 8A0103 8C06374141414141 AB0B 8401DA 9E0141 840147 9700";
/// Delete, create EF and delete child under SE 1; PUT DATA in both forms and key pairs under SE 1.
pub(crate) const FCP_EMRTD: &str =
    "622D 820138 83020100 8407A0000002471001 8A0103 8C0443414141 AB12 8401DA 9E0141 840147 9E0141 8401DB 9E0141";

pub(crate) struct Host {
    pub(crate) chip: Chip,
    pub(crate) entropy: SeededEntropy,
    pub(crate) scp03: Option<host::HostSession>,
    pub(crate) secure: Option<terminal::Session>,
    /// Where the power shall fail in the last step of the next PACE.
    pub(crate) cut_in_last_step: Option<u32>,
}

pub(crate) fn keys(first: u8) -> KeySet {
    let key = |n: u8| SymmetricKey::new(&[first.wrapping_add(n); 16]).unwrap();
    KeySet::new(key(0), key(1), key(2))
}

pub(crate) fn transport() -> KeySet {
    keys(0xA0)
}

pub(crate) fn formation() -> KeySet {
    keys(0x50)
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.chars().filter(|c| !c.is_whitespace()).collect::<String>()).expect(text)
}

/// An EF: identifier, short identifier, size, and the rules for reading and updating as condition octets.
pub(crate) fn fcp_ef(fid: u16, sfi: u8, size: u16, rules: &str) -> String {
    let rules: String = rules.split_whitespace().collect();
    let body = format!("820101 8302{fid:04X} 8002{size:04X} 8801{:02X} 8A0103 {rules}", sfi << 3);
    format!("62{:02X} {body}", bytes(&body).len())
}

/// Read: formation or inspection; update: formation.
pub(crate) const BAC_READ: &str = "AB11 800101 A0069E01419E0142 800102 9E0141";
/// Read: always; update: formation.
pub(crate) const OPEN_READ: &str = "8C03034100";
/// Delete, update and read: formation.
pub(crate) const CLOSED_READ: &str = "8C0443414141";

impl Host {
    pub(crate) fn new() -> Self {
        Self::holding(Chip::manufacture(SERIAL, transport()))
    }

    pub(crate) fn holding(mut chip: Chip) -> Self {
        chip.power_on();
        Self { chip, entropy: SeededEntropy::new([7; 32]), scp03: None, secure: None, cut_in_last_step: None }
    }

    pub(crate) fn reset(&mut self) {
        self.scp03 = None;
        self.secure = None;
        assert_eq!(self.chip.power_on(), bytes("3B80800101"));
    }

    /// Sends raw octets; the answer as upper-case hex, status word last.
    pub(crate) fn raw(&mut self, command: &str) -> String {
        self.try_raw(command).expect("no cut is armed")
    }

    pub(crate) fn try_raw(&mut self, command: &str) -> Result<String, PowerLost> {
        Ok(hex::encode_upper(self.chip.process(&bytes(command), &mut self.entropy)?))
    }

    /// Sends a command inside whatever session is open.
    pub(crate) fn send(&mut self, command: &str) -> Result<String, PowerLost> {
        let plain = CommandApdu::decode(&bytes(command)).expect(command);
        let wire = match (&mut self.scp03, &mut self.secure) {
            (Some(session), _) => session.wrap(&plain).unwrap().encode(),
            (None, Some(session)) => session.wrap(&plain).unwrap().encode(),
            (None, None) => plain.encode(),
        };
        let response = self.chip.process(&wire, &mut self.entropy)?;
        let response = ResponseApdu::decode(&response).unwrap();
        let response = match (&mut self.scp03, &mut self.secure) {
            (Some(session), _) => session.unwrap(&response).unwrap(),
            (None, Some(session)) => session.unwrap(&response).unwrap(),
            (None, None) => response,
        };
        Ok(hex::encode_upper(response.encode()))
    }

    /// Sends a command that must end with this status word.
    pub(crate) fn expect(&mut self, command: &str, answer: &str) {
        let got = self.send(command).expect("no cut is armed");
        assert_eq!(got, answer.replace(' ', ""), "answer to {command}");
    }

    /// Opens SCP03; false if the chip holds other keys than these.
    pub(crate) fn open_scp03(&mut self, keys: &KeySet) -> Result<bool, PowerLost> {
        self.scp03 = None;
        self.secure = None;
        let (opening, command) = host::initialize_update([1; 8]);
        let answer = self.chip.process(&command.encode(), &mut self.entropy)?;
        let answer = ResponseApdu::decode(&answer).unwrap();
        assert!(answer.status().is_success(), "INITIALIZE UPDATE: {}", answer.status());
        let Ok((session, command)) = opening.card_answer(answer.data()).unwrap().authenticate(keys) else {
            return Ok(false);
        };
        let answer = self.chip.process(&command.encode(), &mut self.entropy)?;
        assert_eq!(answer, [0x90, 0x00]);
        self.scp03 = Some(session);
        Ok(true)
    }

    pub(crate) fn open_formation(&mut self) {
        assert!(self.open_scp03(&formation()).unwrap());
    }

    /// PUT KEY from the transport to the formation keys, inside the open session, which it ends.
    pub(crate) fn put_key(&mut self) -> Result<(), PowerLost> {
        let (put_key, command) = host::put_key(&transport(), 0x20, 0x30, formation()).unwrap();
        let answer = self.send(&hex::encode(command.encode()))?;
        let answer = bytes(&answer);
        put_key.verify_answer(answer.strip_suffix(&[0x90, 0x00]).expect("PUT KEY succeeds")).unwrap();
        self.scp03 = None;
        Ok(())
    }

    /// `CREATE FILE` inside the open session.
    pub(crate) fn create(&mut self, fcp: &str) -> Result<String, PowerLost> {
        let fcp = bytes(fcp);
        self.send(&format!("00E00000{:02X}{}", fcp.len(), hex::encode(&fcp)))
    }

    /// Opens BAC with the worked example's MRZ; the eMRTD application is selected first.
    pub(crate) fn open_bac(&mut self) -> Result<bool, PowerLost> {
        self.open_bac_with(&MrzSecret::from_mrz_information(MRZ_INFORMATION))
    }

    pub(crate) fn open_bac_with(&mut self, secret: &MrzSecret) -> Result<bool, PowerLost> {
        self.reset();
        self.expect(&format!("00A4040C07{EMRTD}"), "9000");
        let challenge = self.chip.process(&bac::terminal::get_challenge().encode(), &mut self.entropy)?;
        let challenge = ResponseApdu::decode(&challenge).unwrap();
        let (pending, command) = bac::terminal::answer(secret, challenge.data(), &mut self.entropy).unwrap();
        let answer = self.chip.process(&command.encode(), &mut self.entropy)?;
        match pending.finish(&ResponseApdu::decode(&answer).unwrap()) {
            Ok(session) => self.secure = Some(session),
            Err(_) => return Ok(false),
        }
        Ok(true)
    }

    /// A chip with formation keys, a master file, two security environments, an open EF and the eMRTD application with EF.COM
    /// (BAC), a closed EF 0103 and the MRZ secret; the session is open and the application current.
    pub(crate) fn initialised() -> Self {
        let mut host = Self::new();
        assert!(host.open_scp03(&transport()).unwrap());
        host.put_key().unwrap();
        host.open_formation();
        host.build().unwrap();
        host
    }

    pub(crate) fn build(&mut self) -> Result<(), PowerLost> {
        for (command, data) in structure() {
            let data = bytes(&data);
            let lc = data.len();
            let answer = self.send(&format!("{command}{lc:02X}{}", hex::encode(&data)))?;
            assert_eq!(answer, "9000", "{command} {}", hex::encode_upper(&data));
        }
        Ok(())
    }

    /// The same, locked and reset.
    pub(crate) fn locked() -> Self {
        let mut host = Self::initialised();
        host.lock().unwrap();
        host.reset();
        host
    }

    pub(crate) fn lock(&mut self) -> Result<(), PowerLost> {
        assert_eq!(self.send("00A4000C023F00")?, "9000");
        assert_eq!(self.send("00440000")?, "9000");
        Ok(())
    }
}

/// EF.COM of the worked example.
pub(crate) const EF_COM: &str = "60145F0104303130365F36063034303030305C026175";

/// Head and data field of each command that builds the structure.
pub(crate) fn structure() -> Vec<(&'static str, String)> {
    vec![
        ("00E00000", FCP_MF.into()),
        ("00DA007B", SE_FORMATION.into()),
        ("00DA007B", SE_INSPECTION.into()),
        ("00E00000", fcp_ef(0x2F01, 0x01, 8, OPEN_READ)),
        ("00D60000", "7F66080202".into()),
        ("00A4000C", "3F00".into()),
        ("00E00000", FCP_EMRTD.into()),
        ("00E00000", fcp_ef(0x011E, 0x1E, 22, BAC_READ)),
        ("00D60000", EF_COM[..20].into()),
        ("00D6000A", EF_COM[20..].into()),
        ("00E00000", fcp_ef(0x0103, 0x03, 300, CLOSED_READ)),
        ("00D68300", "0102030405060708".into()),
        ("00DADF21", hex::encode(sigillo_crypto::sha1(MRZ_INFORMATION.as_bytes()))),
    ]
}
