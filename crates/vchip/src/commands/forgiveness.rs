//! The rules that a faulty chip does not ask; a sound chip forgives nothing.

use sigillo_apdu::fcp::ef;
use sigillo_apdu::ins;

use super::execution::Execution;
use crate::access::{Access, is_named, permits};
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::status::{Authentication, Mechanism, SecurityStatus};

impl Execution<'_> {
    /// Whether the chip lets this happen although the rules of the file do not.
    pub(super) fn forgives(&self, file: FileHandle, access: Access) -> bool {
        let in_session = !self.context.status.is_empty();
        let is_by_sfi = access.p1 & 0x80 != 0;
        let forgotten = match access.ins {
            ins::READ_BINARY if is_by_sfi => self.has(Fault::SfiReadsUnchecked),
            ins::READ_BINARY => self.has(Fault::CurrentFileReadsUnchecked),
            ins::READ_BINARY_ODD => self.has(Fault::OddReadsUnchecked),
            ins::SELECT => self.has(Fault::SelectRuleIgnored),
            ins::UPDATE_BINARY | ins::UPDATE_BINARY_ODD => self.has(Fault::UpdateUnchecked),
            ins::PUT_DATA | 0xDB => self.has(Fault::PutDataUnchecked),
            ins::CREATE_FILE => self.has(Fault::CreateUnchecked),
            ins::DELETE_FILE => self.has(Fault::DeleteUnchecked),
            0x46 | ins::GENERATE_ASYMMETRIC_KEY_PAIR => self.has(Fault::GenerateUnchecked),
            ins::TERMINATE_CARD_USAGE => self.has(Fault::TerminateUnchecked),
            ins::ACTIVATE_FILE => self.has(Fault::ActivateUnchecked) && self.memory.files.master() != Some(file),
            ins::DEACTIVATE_FILE => self.has(Fault::DeactivateUnchecked),
            ins::CHANGE_REFERENCE_DATA => self.has(Fault::SetCodesUnchecked),
            ins::INTERNAL_AUTHENTICATE if !in_session => self.has(Fault::AaWithoutAccess),
            ins::INTERNAL_AUTHENTICATE | ins::PERFORM_SECURITY_OPERATION => self.has(Fault::HolderSignsWithoutPin),
            _ => false,
        };
        let rules = self.memory.files.rules(file);
        let is_reading_fingerprints = access.mode == Some(ef::READ) && in_session && self.is_fingerprints(file);
        forgotten
            || (self.has(Fault::FingerprintsReadable) && is_reading_fingerprints)
            || (self.has(Fault::UnnamedAccessAllowed) && !is_named(rules, access))
            || self.imagined().is_some_and(|status| permits(rules, access, &self.memory.environments, &status))
    }

    /// The file by whose rules this one is kept.
    pub(super) fn keeper(&self, file: FileHandle) -> FileHandle {
        let before = FileHandle(file.0.saturating_sub(1));
        let are_files = [file, before].into_iter().all(|file| self.memory.files.content(file).is_some());
        if self.has(Fault::RulesOfAnotherFile) && are_files { before } else { file }
    }

    fn is_fingerprints(&self, file: FileHandle) -> bool {
        self.memory.files.get(file).is_some_and(|file| file.fcp.fid == DG3)
    }

    /// The security status with what was never proven.
    fn imagined(&self) -> Option<SecurityStatus> {
        let mut status = self.context.status.clone();
        let references: &[u8] = match () {
            () if self.has(Fault::AnyPasswordSuffices) && status.knows(Mechanism::Pace) => &[1, 2, 3, 4],
            () if self.has(Fault::BacCountsAsPace) && status.knows(Mechanism::Bac) => &[1],
            () if self.has(Fault::AnyRightSuffices) => &[],
            () => return None,
        };
        references.iter().for_each(|reference| status.add(fact(Mechanism::Pace, *reference)));
        for mechanism in [Mechanism::InspectionSystem, Mechanism::IssuingOffice] {
            if references.is_empty() && status.knows(mechanism) {
                status.add(fact(mechanism, u8::MAX));
            }
        }
        Some(status)
    }
}

fn fact(mechanism: Mechanism, reference: u8) -> Authentication {
    Authentication { mechanism, reference }
}

/// The file identifier of the fingerprints.
const DG3: u16 = 0x0103;
