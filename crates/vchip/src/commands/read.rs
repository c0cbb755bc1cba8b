//! READ BINARY. Spec: `iso-7816-4#read-binary`.

use sigillo_apdu::fcp::ef;
use sigillo_apdu::{ApduHead, CommandApdu, ResponseApdu, StatusWord};
use sigillo_tlv::{encode, encoded_length, single};

use super::execution::{Execution, Outcome, offset_of, require_body};
use crate::access::Access;
use crate::faults::Fault;
use crate::files::FileHandle;

/// Reads from the current EF at 15 bits of offset, or from the EF of a short identifier at 8 bits.
pub(super) fn read_binary(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    require_body(command, |length| length == 0)?;
    let room = room(execution, head)?;
    let (file, offset) = execution.file_and_offset(head)?;
    let (octets, status) = read(execution, file, offset, room, command)?;
    Ok(ResponseApdu::new(octets, status))
}

/// Reads with the offset in data object `54` and the answer in data object `53`, which Le counts as a whole.
pub(super) fn read_binary_odd(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    let room = room(execution, head)?;
    let offset = single(command.data(), 0x54).map_err(|_| StatusWord::WrongData)?;
    let mut offset = offset_of(offset.value)?;
    if execution.has(Fault::OddOffsetIgnored) {
        offset = 0;
    }
    let file = execution.file_of_odd(head)?;
    let room = (0..=room).rev().find(|length| encoded_length(0x53, *length) <= room).ok_or(StatusWord::WrongLength)?;
    let (octets, status) = read(execution, file, offset, room, command)?;
    if execution.has(Fault::OddAnswerBare) {
        return Ok(ResponseApdu::new(octets, status));
    }
    Ok(ResponseApdu::new(encode(0x53, octets), status))
}

/// The octets that Le and the channel leave room for.
fn room(execution: &Execution<'_>, head: ApduHead) -> Result<usize, StatusWord> {
    if execution.has(Fault::LeIgnored) || (execution.has(Fault::LeLenient) && head.le == 0) {
        return Ok(execution.capacity);
    }
    if head.le == 0 {
        return Err(StatusWord::WrongLength);
    }
    Ok(usize::try_from(head.le).unwrap_or(usize::MAX).min(execution.capacity))
}

/// As many octets as there are and fit; the end of the file is a warning when more were asked for by number.
fn read<'a>(
    execution: &'a Execution<'_>,
    file: FileHandle,
    offset: usize,
    room: usize,
    command: &CommandApdu,
) -> Result<(&'a [u8], StatusWord), StatusWord> {
    let head = command.head();
    execution.require(file, Access::with_mode(ef::READ, head))?;
    let content = execution.memory.files.content(file).unwrap_or_default();
    let offset = if execution.has(Fault::OffsetOffByOne) && offset != 0 { offset + 1 } else { offset };
    if execution.has(Fault::OffsetBehindFileTaken) && offset >= content.len() {
        return Ok((&[], StatusWord::Success));
    }
    let rest = content.get(offset..).filter(|rest| !rest.is_empty()).ok_or(StatusWord::WrongOffset)?;
    let asks_for_all = head.le == if command.is_extended() { 65_536 } else { 256 };
    let is_told = !asks_for_all && !execution.has(Fault::EndOfFileNotTold);
    let status = if rest.len() < room && is_told { StatusWord::EndOfFile } else { StatusWord::Success };
    match rest.get(..rest.len().min(room)) {
        Some(octets) if !octets.is_empty() => Ok((octets, status)),
        _ => Err(StatusWord::WrongLength),
    }
}
