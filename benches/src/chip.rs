//! APDUs a second of the virtual chip alone: the same file read in plain, and inside sessions of each suite.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::bac;
use sigillo_channel::pace::{Password, terminal as pace};
use sigillo_channel::secure_messaging::{max_plain_response, terminal::Session};
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::SeededEntropy;
use sigillo_profile::Content;

use crate::clock::{median, seconds};
use crate::failure::Failure;
use crate::inspection::Inspected;
use crate::row::Row;

const COMMANDS: u32 = 1_000;
const DOCUMENT: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];
/// EF.CardAccess of the master file, which everybody may read.
const CARD_ACCESS: u8 = 0x1C;
const PORTRAIT: u8 = 2;
/// The longest response of the profiles, without its status word.
const LONGEST: usize = 2046;

/// The chip, and the terminal's end of its session.
struct Opened<'i> {
    inspected: &'i mut Inspected,
    entropy: SeededEntropy,
    session: Option<Session>,
}

pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let rate = |name: &str, seconds: f64| Row::new(format!("chip.{name}"), 1.0 / seconds, "APDUs/s");
    let mut full = Inspected::new("pse-rf-full")?;
    let mut opened = Opened::plain(&mut full);
    let mut rows = vec![rate("plain", opened.small()?)];
    opened.bac()?;
    rows.extend([rate("3des", opened.small()?), rate("3des.long", opened.long()?)]);
    for (suite, profile) in [("aes-128", "pse-rf"), ("aes-256", "pse-rf-full")] {
        let mut inspected = Inspected::new(profile)?;
        let mut opened = Opened::plain(&mut inspected);
        opened.pace()?;
        rows.push(rate(suite, opened.small()?));
        rows.push(rate(&format!("{suite}.long"), opened.long()?));
    }
    Ok(rows)
}

impl<'i> Opened<'i> {
    fn plain(inspected: &'i mut Inspected) -> Self {
        inspected.specimen.chip.power_on();
        Self { inspected, entropy: SeededEntropy::new([0xC6; 32]), session: None }
    }

    /// EF.CardAccess, whole, from the master file.
    fn small(&mut self) -> Result<f64, Failure> {
        self.exchange(&CommandApdu::new(0x00, 0xA4, 0x00, 0x0C).with_data([0x3F, 0x00]))?;
        self.measure(&CommandApdu::new(0x00, 0xB0, 0x80 | CARD_ACCESS, 0x00).with_le(256))
    }

    /// The longest piece of DG2 that fits into a response.
    fn long(&mut self) -> Result<f64, Failure> {
        self.exchange(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(DOCUMENT))?;
        let suite = self.session.as_ref().ok_or("no session")?.suite();
        let le = u32::try_from(max_plain_response(suite, LONGEST))?;
        self.measure(&CommandApdu::new(0x00, 0xB0, 0x80 | PORTRAIT, 0x00).with_le(le).extended())
    }

    /// The median over many; the terminal's end is outside of the time.
    fn measure(&mut self, command: &CommandApdu) -> Result<f64, Failure> {
        let mut spent = Vec::new();
        for _ in 0..COMMANDS {
            let (response, seconds) = self.timed(command)?;
            match response.status() {
                StatusWord::Success => spent.push(seconds),
                status => return Err(format!("the chip refused: {status}").into()),
            }
        }
        Ok(median(spent))
    }

    fn exchange(&mut self, command: &CommandApdu) -> Result<ResponseApdu, Failure> {
        Ok(self.timed(command)?.0)
    }

    fn timed(&mut self, command: &CommandApdu) -> Result<(ResponseApdu, f64), Failure> {
        let octets = match &mut self.session {
            Some(session) => session.wrap(command)?.encode().to_vec(),
            None => command.encode().to_vec(),
        };
        let mut answer = Err("not sent".into());
        let spent = seconds(|| {
            let chip = &mut self.inspected.specimen.chip;
            answer = chip.process(&octets, &mut self.entropy).map_err(|_| Failure::from("the chip lost its power"));
            Ok(())
        })?;
        let response = ResponseApdu::decode(&answer?)?;
        match &mut self.session {
            Some(session) => Ok((session.unwrap(&response)?, spent)),
            None => Ok((response, spent)),
        }
    }

    fn bac(&mut self) -> Result<(), Failure> {
        self.exchange(&CommandApdu::new(0x00, 0xA4, 0x04, 0x0C).with_data(DOCUMENT))?;
        let challenge = self.exchange(&bac::terminal::get_challenge())?;
        let secret = self.inspected.specimen.mrz_secret();
        let (pending, command) = bac::terminal::answer(&secret, challenge.data(), &mut self.entropy)?;
        let answer = self.exchange(&command)?;
        self.session = Some(pending.finish(&answer)?);
        Ok(())
    }

    /// With the strongest entry of EF.CardAccess.
    fn pace(&mut self) -> Result<(), Failure> {
        let file = self.inspected.specimen.files.get(&Content::CardAccess).ok_or("no EF.CardAccess")?;
        let infos = SecurityInfos::decode(file)?;
        let info = infos.pace().max_by_key(|info| info.protocol.suite().key_length()).ok_or("no PACE")?;
        let password = Password::mrz(&self.inspected.specimen.mrz_secret());
        let (selected, command) = pace::select(&info, password, true)?;
        let (asked, command) = selected.accepted(&self.exchange(&command)?)?;
        let nonce = self.exchange(&command)?;
        let (mapping, command) = asked.nonce(&nonce, &mut self.entropy)?;
        let mapped = self.exchange(&command)?;
        let (agreement, command) = mapping.mapped(&mapped, &mut self.entropy)?;
        let (confirmation, command) = agreement.agreed(&self.exchange(&command)?)?;
        self.session = Some(confirmation.confirmed(&self.exchange(&command)?)?.session);
        Ok(())
    }
}
