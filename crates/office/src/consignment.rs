//! A consignment that never arrived: all of its permits annulled, or none.

use sigillo_crypto::sha256;
use sigillo_issuance::life_cycle::RecordEvent;
use sigillo_store::{ConsignmentId, PermitFacts};

use crate::desk::{Desk, by};
use crate::error::OfficeError;

/// Reads a list of document numbers: one a line, `I` and eight digits; empty lines and those behind `#` are left out.
///
/// # Errors
///
/// `office.list` with the first line that is none.
pub fn parse_list(text: &str) -> Result<Vec<String>, OfficeError> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| {
            let is_number = (1..=9).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_number { Ok(line.to_owned()) } else { Err(OfficeError::List { line: at }) }
        })
        .collect()
}

impl Desk<'_> {
    /// Annuls every permit of a list as one act of two persons; one that cannot be annulled keeps all of them.
    ///
    /// # Errors
    ///
    /// `office.reason`, `store.second-person`, `store.consignment` with every permit that refuses.
    pub fn annul_consignment(
        &mut self,
        document_numbers: &[String],
        reason: &str,
    ) -> Result<ConsignmentId, OfficeError> {
        self.rules.reason(RecordEvent::Annul, reason)?;
        let digest = sha256(document_numbers.join("\n").as_bytes());
        let facts = PermitFacts { reason: Some(reason), second: self.second, ..PermitFacts::default() };
        let moment = self.at();
        Ok(self.store.annul_consignment(by(self.operator, &moment), document_numbers, digest, &facts)?)
    }
}
