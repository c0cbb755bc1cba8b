//! Whole files.

use sigillo_apdu::CommandApdu;
use sigillo_tlv::{encode, single, total_length};

use super::exchange::{came, words};
use super::{Halt, Machine};
use crate::files::place;
use crate::format::{DataCondition, Exchange, Expected, ReadBy, Template};
use crate::link::Response;

/// No file of a travel document is longer.
const MAX_FILE: usize = 64 * 1024;
/// READ BINARY with even INS addresses 15 bits.
const FIRST_LONG_OFFSET: usize = 0x8000;
const DISCRETIONARY: u32 = 0x53;
const OFFSET: u32 = 0x54;
/// The octets that an object 53 of 64 KiB has before its value.
const DISCRETIONARY_HEADER: usize = 4;

impl Machine<'_, '_> {
    pub(super) fn read_step(
        &mut self,
        name: &str,
        by: ReadBy,
        expect: &[Expected],
        data: &[DataCondition],
    ) -> Result<(), Halt> {
        let name = match (name, self.iteration.data_group) {
            ("DG", Some(number)) => format!("DG{number}"),
            _ => name.to_owned(),
        };
        if let Some(file) = self.read(&name, by, expect)? {
            for condition in data {
                self.hold(condition, &file)?;
            }
            self.files.insert(name, file);
        }
        Ok(())
    }

    /// A whole file; nothing, if the first answer was another expected one than success.
    pub(crate) fn read(&mut self, name: &str, by: ReadBy, expect: &[Expected]) -> Result<Option<Vec<u8>>, Halt> {
        let place = place(name).ok_or_else(|| Halt::data(format!("no file {name}")))?;
        if by != ReadBy::Sfi {
            let [high, low] = place.file_id.to_be_bytes();
            let response = self.ask(&CommandApdu::new(0x00, 0xA4, 0x02, 0x0C).with_data([high, low]))?;
            if response.status != 0x9000 {
                return expected(expect, &response).map(|()| None);
            }
        }
        let mut file = Vec::new();
        loop {
            let offset = file.len();
            let (response, chunk) = self.chunk(place.short_id, by, offset, &file)?;
            if offset == 0 {
                expected(expect, &response)?;
            }
            let ended = match response.status {
                0x9000 => false,
                0x6282 => true,
                _ if offset == 0 => return Ok(None),
                // Behind the last octet of a file that does not say its length.
                0x6B00 if total_length(&file).ok().flatten().is_none_or(|total| total <= offset) => true,
                _ => return Err(Halt::failed("9000 while a file is read", came(&response))),
            };
            file.extend_from_slice(&chunk);
            // Lists of objects say nowhere how long they are.
            let list = matches!(name, "EF.ATR/INFO" | "EF.CVCA");
            let total = total_length(&file).ok().flatten().filter(|_| !list);
            match total {
                Some(total) if total > MAX_FILE => {
                    return Err(Halt::failed("a file of at most 64 KiB", format!("{total} octets")));
                }
                Some(total) if file.len() >= total => {
                    file.truncate(total);
                    return Ok(Some(file));
                }
                _ if chunk.is_empty() || ended || name == "EF.ATR/INFO" => {
                    let short = total.is_some_and(|total| file.len() < total);
                    return match short {
                        true => Err(Halt::failed(format!("{name} whole"), format!("{} octets of it", file.len()))),
                        false => Ok(Some(file)),
                    };
                }
                _ => {}
            }
        }
    }

    fn chunk(&mut self, short_id: u8, by: ReadBy, offset: usize, so_far: &[u8]) -> Result<(Response, Vec<u8>), Halt> {
        let (_, longest) = self.facts.longest;
        let room = self.session.as_ref().map_or(longest.min(258) - 2, |session| session.room(longest));
        let odd = by == ReadBy::Odd || offset >= FIRST_LONG_OFFSET;
        let left = total_length(so_far).ok().flatten().map_or(room, |total| total.saturating_sub(offset));
        let most = room.saturating_sub(if odd { DISCRETIONARY_HEADER } else { 0 });
        let length = left.min(most).max(1);
        let le = u32::try_from(if odd { length + DISCRETIONARY_HEADER } else { length }).unwrap_or(1).clamp(1, 65_536);
        let [.., high, low] = offset.to_be_bytes();
        let command = match (odd, offset) {
            (true, _) => CommandApdu::new(0x00, 0xB1, 0x00, 0x00).with_data(encode(OFFSET, &[high, low])),
            (false, 0) if by == ReadBy::Sfi => CommandApdu::new(0x00, 0xB0, 0x80 | short_id, 0x00),
            (false, _) => CommandApdu::new(0x00, 0xB0, high, low),
        };
        let command = command.with_le(le);
        let command = if length > 223 && self.session.is_some() { command.extended() } else { command };
        let response = self.ask(&command)?;
        let chunk = if odd && !response.data.is_empty() {
            let object = single(&response.data, DISCRETIONARY);
            object.map_err(|error| Halt::failed("one data object 53", error.to_string()))?.value.to_vec()
        } else {
            response.data.clone()
        };
        if chunk.len() > length {
            return Err(Halt::failed(format!("at most {length} octets"), format!("{} octets", chunk.len())));
        }
        Ok((response, chunk))
    }

    /// Any status word will do here.
    fn ask(&mut self, command: &CommandApdu) -> Result<Response, Halt> {
        let octets = command.encode();
        let template = Template::octets(&octets);
        let any = Exchange { expect: vec![Expected::ANY], ..Exchange::usual() };
        self.exchange(&template, &any).map(|answer| answer.response)
    }
}

fn expected(expect: &[Expected], response: &Response) -> Result<(), Halt> {
    // A file that ends with the first chunk is read as well.
    let taken =
        |expected: &Expected| expected.takes(response.status) || expected.takes_success() && response.status == 0x6282;
    match expect.iter().any(taken) {
        true => Ok(()),
        false => Err(Halt::failed(words(expect), came(response))),
    }
}
