//! EF.CVCA: the references of the trust points that a chip offers to inspection systems.
//!
//! | offset | octets | content |
//! |---|---|---|
//! | 0 | 2 to 18 | 42: reference of the most recent trust point |
//! | | 0, or 2 to 18 | 42: reference of the one before |
//! | | up to 36 | 00, padding |
//!
//! Spec: `bsi-tr-03110-3#ef-cvca`.

use sigillo_tlv::{Reader, encode_into};

use crate::error::CvcError;
use crate::objects::{AUTHORITY_REFERENCE, expect};
use crate::reference::HolderReference;
use crate::template::TerminalType;
use crate::trust_point::TrustPoint;

/// The octets of the file.
pub const SIZE: usize = 36;

/// Writes the file for a chip's trust points: those of inspection systems, the most recent first.
#[must_use]
pub fn encode(trust_points: &[TrustPoint]) -> [u8; SIZE] {
    let is_inspection = |point: &&TrustPoint| point.template().terminal_type() == &TerminalType::InspectionSystem;
    // Of two that became effective on one day, the one that was added last.
    let mut points: Vec<&TrustPoint> = trust_points.iter().rev().filter(is_inspection).collect();
    points.sort_by_key(|point| std::cmp::Reverse(point.effective()));
    let mut content = Vec::with_capacity(SIZE);
    for point in points.into_iter().take(2) {
        encode_into(&mut content, AUTHORITY_REFERENCE, point.reference().octets());
    }
    let mut file = [0; SIZE];
    for (octet, written) in file.iter_mut().zip(content) {
        *octet = written;
    }
    file
}

/// Reads the file: one or two references, the most recent first.
///
/// # Errors
///
/// `cvc.objects`, `cvc.length-form` or `cvc.reference`; anything but padding behind the references is refused.
pub fn decode(file: &[u8]) -> Result<Vec<HolderReference>, CvcError> {
    let end = file.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    let mut reader = Reader::new(file.get(..end).unwrap_or_default());
    let mut references = vec![HolderReference::decode(expect(&mut reader, AUTHORITY_REFERENCE)?.value)?];
    if !reader.rest().is_empty() {
        references.push(HolderReference::decode(expect(&mut reader, AUTHORITY_REFERENCE)?.value)?);
    }
    reader.finish()?;
    Ok(references)
}
