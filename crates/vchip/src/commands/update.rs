//! UPDATE BINARY: one command, one transaction, which may tear inside its own range. Spec: `iso-7816-4#update-binary`.

use sigillo_apdu::fcp::ef;
use sigillo_apdu::{CommandApdu, StatusWord};
use sigillo_tlv::Reader;

use super::execution::{Execution, Outcome, done, offset_of};
use crate::access::Access;
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::memory::Change;

/// Writes into the current EF at 15 bits of offset, or into the EF of a short identifier at 8 bits.
pub(super) fn update_binary(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let (file, offset) = execution.file_and_offset(command.head())?;
    execution.require(file, Access::with_mode(ef::UPDATE, command.head()))?;
    write(execution, file, offset, command.data())
}

/// Writes with the offset in data object `54` and the octets in data object `53`.
pub(super) fn update_binary_odd(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let file = execution.file_of_odd(command.head())?;
    execution.require(file, Access::with_mode(ef::UPDATE, command.head()))?;
    let mut reader = Reader::new(command.data());
    let offset = reader.expect(0x54).map_err(|_| StatusWord::WrongData)?;
    let octets = reader.expect(0x53).map_err(|_| StatusWord::WrongData)?;
    reader.finish().map_err(|_| StatusWord::WrongData)?;
    write(execution, file, offset_of(offset.value)?, octets.value)
}

fn write(execution: &mut Execution<'_>, file: FileHandle, offset: usize, octets: &[u8]) -> Outcome {
    if octets.is_empty() {
        return Err(StatusWord::WrongLength.into());
    }
    let size = execution.memory.files.content(file).map(<[u8]>::len).unwrap_or_default();
    if offset >= size {
        return Err(StatusWord::WrongOffset.into());
    }
    let octets = octets.get(..size - offset).filter(|_| execution.has(Fault::WriteBeyondEnd)).unwrap_or(octets);
    if octets.len() > size - offset {
        return Err(StatusWord::NotEnoughMemory.into());
    }
    execution.commit(Change::RangeWritten { file, offset, data: octets.to_vec() })?;
    done()
}
