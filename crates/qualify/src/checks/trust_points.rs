//! EF.CVCA. Spec: `icao-9303-11#ef-cvca`.
//!
//! `42 reference [42 reference] 00 …`: 36 octets.

use sigillo_tlv::Reader;

use crate::checks::structure::{holds, said};
use crate::scene::Check;

pub(crate) const CHECKS: &[(&str, Check)] =
    &[("cvca.trust-points", |scene| trust_points(scene.subject()?).map(|_| ()))];

/// One reference or two of at most 16 octets each, zeros behind them, 36 octets in all.
fn trust_points(file: &[u8]) -> Result<Vec<&[u8]>, String> {
    holds(file.len() == SIZE, &format!("{SIZE} octets, found {}", file.len()))?;
    let mut references: Vec<&[u8]> = Vec::new();
    let mut rest = file;
    // Zeros are no tag: a reader would stop at them.
    while rest.first() == Some(&REFERENCE) {
        let Some(object) = Reader::new(rest).next().map_err(said)? else { break };
        holds((1..=MAX_REFERENCE).contains(&object.value.len()), "references of one to sixteen octets")?;
        references.push(object.value);
        rest = rest.get(object.raw.len()..).unwrap_or_default();
    }
    holds(matches!(references.len(), 1 | 2), &format!("one reference or two, found {}", references.len()))?;
    holds(rest.iter().all(|octet| *octet == 0), "zeros behind the references")?;
    Ok(references)
}

const SIZE: usize = 36;
const REFERENCE: u8 = 0x42;
const MAX_REFERENCE: usize = 16;

#[cfg(test)]
mod tests {
    use sigillo_tlv::encode;

    use super::*;

    fn file(references: &[&[u8]], size: usize) -> Vec<u8> {
        let mut file: Vec<u8> =
            references.iter().flat_map(|reference| encode(u32::from(REFERENCE), reference)).collect();
        file.resize(size, 0);
        file
    }

    #[test]
    fn one_or_two_references_and_zeros() {
        assert_eq!(trust_points(&file(&[b"ITTEST00001"], SIZE)), Ok(vec![b"ITTEST00001".as_slice()]));
        assert!(trust_points(&file(&[&[b'A'; 16], &[b'B'; 16]], SIZE)).is_ok());
        assert!(trust_points(&file(&[], SIZE)).is_err());
        assert!(trust_points(&file(&[b"A", b"B", b"C"], SIZE)).is_err());
        assert!(trust_points(&file(&[&[b'A'; 17]], SIZE)).is_err());
        assert!(trust_points(&file(&[b""], SIZE)).is_err());
        assert!(trust_points(&file(&[b"A"], SIZE - 1)).is_err() && trust_points(&file(&[b"A"], SIZE + 1)).is_err());
        let mut unclean = file(&[b"A"], SIZE);
        unclean[20] = 1;
        assert!(trust_points(&unclean).is_err());
    }
}
