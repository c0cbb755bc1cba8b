//! A small chip, and a session with it while it is written: the chip answers, the steps are recorded.

use sigillo_apdu::{CommandApdu, ResponseApdu};
use sigillo_channel::bac::{MrzSecret, terminal as access};
use sigillo_channel::scp03::{KeySet, host};
use sigillo_channel::secure_messaging::terminal;
use sigillo_crypto::{ScriptedEntropy, sha1};
use sigillo_secret::SymmetricKey;
use sigillo_vectors::{ChipSession, ChipSpec, Expect, Played, Ruling, SessionCase, Step};

use crate::vectors::maker::{Made, bytes};

/// A session while it is written: the chip answers, the steps are recorded.
pub(super) struct Story {
    spec: ChipSpec,
    rng: Vec<String>,
    steps: Vec<Step>,
    scp03: Option<host::HostSession>,
    bac: Option<terminal::Session>,
    /// Draws that the last commands take instead of the counted ones.
    last: Vec<String>,
}

impl Story {
    pub(super) fn new(last: &[&str]) -> Made<Self> {
        let key = |octet: u8| hex::encode([octet; 16]);
        let spec = ChipSpec { serial: SERIAL.to_owned(), enc: key(0xA0), mac: key(0xA1), dek: key(0xA2) };
        Self::of(spec, last)
    }

    pub(super) fn with_keys(octets: &[u8], last: &[&str]) -> Made<Self> {
        let key = hex::encode(octets);
        Self::of(ChipSpec { serial: SERIAL.to_owned(), enc: key.clone(), mac: key.clone(), dek: key }, last)
    }

    fn of(spec: ChipSpec, last: &[&str]) -> Made<Self> {
        let last = last.iter().map(|draw| (*draw).to_owned()).collect();
        Ok(Self { spec, rng: Vec::new(), steps: Vec::new(), scp03: None, bac: None, last })
    }

    /// With formation keys, the structure and an open session; the application is current.
    pub(super) fn initialised() -> Made<Self> {
        let mut story = Self::new(CHALLENGES)?;
        story.build()?;
        Ok(story)
    }

    pub(super) fn locked() -> Made<Self> {
        Self::locked_with(CHALLENGES)
    }

    /// Locked and reset; the draws that follow are these.
    pub(super) fn locked_with(last: &[&str]) -> Made<Self> {
        Self::initialised()?.lock(last)
    }

    /// The lock, and a reset; the draws that follow are these.
    pub(super) fn lock(mut self, last: &[&str]) -> Made<Self> {
        self.send(MF, "9000", "SELECT: master file")?;
        self.send("00440000", "9000", "ACTIVATE FILE: the lock")?;
        self.reset();
        self.last = last.iter().map(|draw| (*draw).to_owned()).collect();
        Ok(self)
    }

    fn build(&mut self) -> Made {
        self.open(&transport()?)?;
        let (put_key, command) = host::put_key(&transport()?, 0x20, 0x30, formation_keys()?).map_err(text)?;
        let answer = hex::encode(put_key.answer().map_err(text)?);
        self.send(&hex::encode(command.encode()), &format!("{answer}9000"), "PUT KEY: formation keys")?;
        self.open(&formation_keys()?)?;
        for (command, note) in structure()? {
            self.send(&command, "9000", note)?;
        }
        Ok(())
    }

    /// Plays everything again on a new chip, with one command more; takes as many draws as it needs.
    fn try_next(&mut self, command: &[u8], cut: Option<u32>) -> Made<Played> {
        loop {
            let draws = self.rng.iter().map(|draw| bytes(draw)).collect::<Made<Vec<_>>>()?;
            let mut chip = ChipSession::new(&self.spec, draws).map_err(|failure| format!("{failure:?}"))?;
            for step in &self.steps {
                match step {
                    Step::Apdu { command, .. } => drop(chip.send(&bytes(command)?)),
                    Step::Reset { .. } => chip.reset(),
                    Step::Cut { command, point, .. } => drop(chip.send_and_cut(&bytes(command)?, *point)),
                }
            }
            let played = match cut {
                Some(point) => chip.send_and_cut(command, point),
                None => chip.send(command),
            };
            match chip.end() {
                Ok(_) => return Ok(played),
                Err(fault) => self.next_draw(&format!("{fault:?}"))?,
            }
        }
    }

    /// A draw of the length that the chip asked for.
    fn next_draw(&mut self, fault: &str) -> Made {
        let length = fault.split("a draw of ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
        let length = length.ok_or_else(|| fault.to_owned())?;
        let draw = match self.last.is_empty() {
            false => self.last.remove(0),
            true => hex::encode(vec![u8::try_from(self.rng.len() + 1).unwrap_or(u8::MAX); length]),
        };
        self.rng.push(draw);
        Ok(())
    }

    fn answer(&mut self, command: &[u8], note: Option<&str>) -> Made<Vec<u8>> {
        let Played::Answered(answer) = self.try_next(command, None)? else {
            return Err("the power is gone".to_owned());
        };
        let (response, sw) = answer.split_at_checked(answer.len().saturating_sub(2)).unwrap_or_default();
        self.steps.push(Step::Apdu {
            command: hex::encode(command),
            response: hex::encode(response),
            sw: hex::encode(sw),
            note: note.map(str::to_owned),
        });
        Ok(answer)
    }

    /// A raw command with the answer that it must have.
    pub(super) fn raw(&mut self, command: &str, expected: &str, note: &str) -> Made {
        let answer = self.answer(&bytes(command)?, Some(note))?;
        if answer == bytes(expected)? {
            Ok(())
        } else {
            Err(format!("{note}: {command} is answered {}", hex::encode(answer)))
        }
    }

    /// A raw command whose answer comes from the draws.
    pub(super) fn answered(&mut self, command: &str) -> Made<Vec<u8>> {
        self.answer(&bytes(command)?, None)
    }

    /// A command inside the session that is open, with the plain answer that it must have.
    pub(super) fn send(&mut self, command: &str, expected: &str, note: &str) -> Made {
        let plain = CommandApdu::decode(&bytes(command)?).map_err(|error| error.to_string())?;
        let wrapped = match (&mut self.scp03, &mut self.bac) {
            (Some(session), _) => session.wrap(&plain),
            (None, Some(session)) => session.wrap(&plain),
            (None, None) => return Err(format!("{note}: no session")),
        };
        let answer = self.answer(&wrapped.map_err(text)?.encode(), Some(note))?;
        let answer = ResponseApdu::decode(&answer).map_err(|error| error.to_string())?;
        let unwrapped = match (&mut self.scp03, &mut self.bac) {
            (Some(session), _) => session.unwrap(&answer),
            (None, Some(session)) => session.unwrap(&answer),
            (None, None) => return Err(format!("{note}: no session")),
        };
        // A chip without a session answers in the clear.
        let plain = unwrapped.map_or_else(|_| answer.encode(), |plain| plain.encode());
        if plain == bytes(expected)? {
            Ok(())
        } else {
            Err(format!("{note}: {command} is answered {}", hex::encode(plain)))
        }
    }

    /// A command, wrapped if a session is open, that the power does not survive; then a reset.
    pub(super) fn cut(&mut self, command: &str, point: u32) -> Made {
        let plain = CommandApdu::decode(&bytes(command)?).map_err(|error| error.to_string())?;
        let wire = match (&mut self.scp03, &mut self.bac) {
            (Some(session), _) => session.wrap(&plain).map_err(text)?.encode(),
            (None, Some(session)) => session.wrap(&plain).map_err(text)?.encode(),
            (None, None) => plain.encode(),
        };
        if self.try_next(&wire, Some(point))? != Played::PowerLost {
            return Err(format!("{command} has no cut point {point}"));
        }
        self.steps.push(Step::Cut { command: hex::encode(&*wire), point, note: None });
        self.reset();
        Ok(())
    }

    pub(super) fn reset(&mut self) {
        (self.scp03, self.bac) = (None, None);
        self.steps.push(Step::Reset { note: None });
    }

    pub(super) fn open(&mut self, keys: &KeySet) -> Made {
        (self.scp03, self.bac) = (None, None);
        let (opening, command) = host::initialize_update([1; 8]);
        let answer = self.answer(&command.encode(), Some("INITIALIZE UPDATE"))?;
        let data = answer.get(..answer.len().saturating_sub(2)).unwrap_or_default();
        let (session, command) = opening.card_answer(data).map_err(text)?.authenticate(keys).map_err(text)?;
        self.raw(&hex::encode(command.encode()), "9000", "EXTERNAL AUTHENTICATE")?;
        self.scp03 = Some(session);
        Ok(())
    }

    pub(super) fn authenticate(&mut self, mrz_information: &str) -> Made<(access::Pending, CommandApdu)> {
        let challenge = self.answer(&access::get_challenge().encode(), Some("GET CHALLENGE"))?;
        let challenge = challenge.get(..challenge.len().saturating_sub(2)).unwrap_or_default();
        let draws = ["781723860c06c226", "0b795240cb7049b01c19b33e32804f0b"];
        let mut entropy = ScriptedEntropy::new(draws.map(|draw| hex::decode(draw).unwrap_or_default()));
        access::answer(&MrzSecret::from_mrz_information(mrz_information), challenge, &mut entropy).map_err(text)
    }

    pub(super) fn bac(&mut self, mrz_information: &str) -> Made {
        let (pending, command) = self.authenticate(mrz_information)?;
        let answer = self.answer(&command.encode(), Some("EXTERNAL AUTHENTICATE"))?;
        let answer = ResponseApdu::decode(&answer).map_err(|error| error.to_string())?;
        self.bac = Some(pending.finish(&answer).map_err(text)?);
        Ok(())
    }

    pub(super) fn end(self, title: &str, flag: &str, life_cycle: &str) -> Made<SessionCase> {
        let output = serde_json::json!({ "life_cycle": life_cycle });
        Ok(SessionCase {
            id: String::new(),
            title: title.to_owned(),
            flags: vec![flag.to_owned()],
            withdrawn: None,
            chip: self.spec,
            rng: self.rng,
            steps: self.steps,
            expect: Expect {
                result: Ruling::Accept,
                stage: None,
                error: None,
                at: None,
                field: None,
                output: Some(output),
            },
        })
    }
}

pub(super) const SERIAL: &str = "544553542d3030303031";
pub(super) const MRZ_INFORMATION: &str = "L898902C<369080619406236";
pub(super) const RND_IC: &str = "4608f91988702212";
pub(super) const K_IC: &str = "0b4f80323eb3191cb04970cb4052790b";
pub(super) const CHALLENGES: &[&str] = &[];
pub(super) const MF: &str = "00A4000C023F00";
pub(super) const APPLICATION: &str = "00A4040C07A0000002471001";
pub(super) const FCP_MF: &str = "621F 820138 83023F00 8A0103 8C06374141414141 AB0B 8401DA 9E0141 840147 9700";
pub(super) const FCP_EMRTD: &str =
    "622D 820138 83020100 8407A0000002471001 8A0103 8C0443414141 AB12 8401DA 9E0141 840147 9E0141 8401DB 9E0141";
/// Read: formation or inspection; update: formation.
pub(super) const BAC_READ: &str = "AB11 800101 A0069E01419E0142 800102 9E0141";
/// Read: always; update: formation.
pub(super) const OPEN_READ: &str = "8C03034100";
/// Delete, update and read: formation.
pub(super) const CLOSED_READ: &str = "8C0443414141";

pub(super) fn structure() -> Made<Vec<(String, &'static str)>> {
    let secret = hex::encode(sha1(MRZ_INFORMATION.as_bytes()));
    let commands = [
        ("00E00000", FCP_MF.to_owned(), "CREATE FILE: master file"),
        ("00DA007B", "800101A406800101830130".to_owned(), "environment 1: formation keys"),
        ("00DA007B", "800102A406800102830101".to_owned(), "environment 2: BAC"),
        ("00E00000", fcp_ef(0x2F01, 0x01, 8, OPEN_READ)?, "CREATE FILE: EF.ATR/INFO"),
        ("00D60000", "7F66080202".to_owned(), "UPDATE BINARY"),
        ("00A4000C", "3F00".to_owned(), "SELECT: master file"),
        ("00E00000", FCP_EMRTD.to_owned(), "CREATE FILE: the application"),
        ("00E00000", fcp_ef(0x011E, 0x1E, 22, BAC_READ)?, "CREATE FILE: EF.COM"),
        ("00D60000", "60145F0104303130365F3606".to_owned(), "UPDATE BINARY"),
        ("00D6000C", "3034303030305C026175".to_owned(), "UPDATE BINARY, the rest"),
        ("00E00000", fcp_ef(0x0103, 0x03, 300, CLOSED_READ)?, "CREATE FILE: a closed file"),
        ("00D68300", "0102030405060708".to_owned(), "UPDATE BINARY by short identifier"),
        ("00DADF21", secret, "PUT DATA: the MRZ secret"),
    ];
    let mut whole = Vec::new();
    for (head, data, note) in commands {
        whole.push((format!("{head}{}", field(&data)?), note));
    }
    Ok(whole)
}

/// An elementary file: identifier, short identifier, size, and the rules as condition octets.
pub(super) fn fcp_ef(fid: u16, sfi: u8, size: u16, rules: &str) -> Made<String> {
    let rules: String = rules.split_whitespace().collect();
    let body = format!("8201018302{fid:04X}8002{size:04X}8801{:02X}8A0103{rules}", sfi << 3);
    Ok(format!("62{}", field(&body)?))
}

/// A data field with its length before it.
pub(super) fn field(data: &str) -> Made<String> {
    let data = bytes(data)?;
    Ok(format!("{:02X}{}", data.len(), hex::encode(data)))
}

pub(super) fn keys(first: u8) -> Made<KeySet> {
    let key = |n: u8| SymmetricKey::new(&[first.wrapping_add(n); 16]).map_err(|error| error.to_string());
    Ok(KeySet::new(key(0)?, key(1)?, key(2)?))
}

pub(super) fn transport() -> Made<KeySet> {
    keys(0xA0)
}

pub(super) fn formation_keys() -> Made<KeySet> {
    keys(0x50)
}

pub(super) fn text(error: sigillo_channel::ChannelError) -> String {
    error.to_string()
}
