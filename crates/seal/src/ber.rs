//! BER made DER: what foreign signers write around their signatures.
//!
//! Lengths become the shortest, indefinite ones definite, octet strings in pieces whole. Nothing is sorted, no value is
//! looked into that is not constructed.

use std::borrow::Cow;

/// Writes one element, and all that it contains, as DER; borrowed if it was. `None` if it is not one well-formed element.
pub(crate) fn to_der(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut der = Vec::with_capacity(bytes.len());
    let rest = element(bytes, MAX_DEPTH, &mut der)?;
    match (rest.is_empty(), der == bytes) {
        (true, true) => Some(Cow::Borrowed(bytes)),
        (true, false) => Some(Cow::Owned(der)),
        (false, _) => None,
    }
}

/// Appends the first element; the octets behind it.
fn element<'a>(bytes: &'a [u8], depth: usize, out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (tag, rest) = split_tag(bytes)?;
    let (first, rest) = rest.split_first()?;
    let constructed = tag.first()? & CONSTRUCTED != 0;
    let (value, rest) = if *first == INDEFINITE {
        (None, rest)
    } else {
        let (length, rest) = definite(*first, rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        (Some(value), rest)
    };
    if !constructed {
        push(out, tag, value?);
        return Some(rest);
    }
    let depth = depth.checked_sub(1)?;
    let mut inside = Vec::new();
    let in_pieces = tag == [PIECES_OF_OCTETS];
    let mut append = |bytes: &'a [u8]| -> Option<&'a [u8]> {
        if !in_pieces {
            return element(bytes, depth, &mut inside);
        }
        let mut piece = Vec::new();
        let rest = element(bytes, depth, &mut piece)?;
        inside.extend(sigillo_tlv::single(&piece, OCTETS.into()).ok()?.value);
        Some(rest)
    };
    let rest = match value {
        Some(mut value) => {
            while !value.is_empty() {
                value = append(value)?;
            }
            rest
        }
        None => {
            let mut rest = rest;
            loop {
                match rest.strip_prefix(&END_OF_CONTENTS) {
                    Some(behind) => break behind,
                    None => rest = append(rest)?,
                }
            }
        }
    };
    push(out, if in_pieces { &[OCTETS] } else { tag }, &inside);
    Some(rest)
}

/// The tag's octets; four at most, which is more than CMS has.
fn split_tag(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let more = usize::from(bytes.first()? & LONG_TAG == LONG_TAG);
    let last = bytes.iter().skip(1).position(|octet| octet & 0x80 == 0)?;
    bytes.split_at_checked(1 + more * (last + 1)).filter(|(tag, _)| tag.len() <= 4)
}

fn definite(first: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    if first < 0x80 {
        return Some((first.into(), rest));
    }
    let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let significant = octets.get(start..).filter(|octets| octets.len() <= 4)?;
    Some((significant.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest))
}

fn push(out: &mut Vec<u8>, tag: &[u8], value: &[u8]) {
    out.extend(tag);
    // A length behind some tag is the same behind any other.
    let plain = sigillo_tlv::encode(OCTETS.into(), value);
    out.extend(plain.get(1..).unwrap_or_default());
}

const CONSTRUCTED: u8 = 0x20;
const LONG_TAG: u8 = 0x1F;
const INDEFINITE: u8 = 0x80;
const END_OF_CONTENTS: [u8; 2] = [0, 0];
const OCTETS: u8 = 0x04;
const PIECES_OF_OCTETS: u8 = 0x24;
/// CMS around a certificate has some 15 levels.
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// X.690 8.1.3.6, 8.7.3.2 and 8.14: the same values in both rules.
    #[test]
    fn lengths_and_pieces() {
        let der = |ber: &str| to_der(&hex::decode(ber).unwrap()).map(|der| hex::encode(&der));
        assert_eq!(der("0403010203").unwrap(), "0403010203");
        assert_eq!(der("30800403010203000000").unwrap_or_default(), "");
        assert_eq!(der("308004030102030000").unwrap(), "30050403010203");
        assert_eq!(der("3081050403010203").unwrap(), "30050403010203");
        assert_eq!(der("3084000000050403010203").unwrap(), "30050403010203");
        assert_eq!(der("2480040101040202030000").unwrap(), "0403010203");
        assert_eq!(der("240924040402010204010300"), None);
        assert_eq!(der("2409240404020102040103").unwrap(), "0403010203");
        assert_eq!(der("a080248004010104020203000004000000").unwrap(), "a00704030102030400");
        for broken in ["", "04", "0480", "04020", "3004040101", "24030201ff", "30800401", "0405010203", "1f8080808001"]
        {
            assert_eq!(hex::decode(broken).ok().and_then(|ber| to_der(&ber).map(|der| der.len())), None, "{broken}");
        }
        let deep = [[0x30, 0x80].repeat(MAX_DEPTH + 1), vec![0; 2 * (MAX_DEPTH + 1)]].concat();
        assert_eq!(to_der(&deep), None);
    }

    #[test]
    fn der_is_borrowed() {
        let der = [0x30, 0x05, 0x04, 0x03, 1, 2, 3];
        assert!(matches!(to_der(&der), Some(Cow::Borrowed(_))));
    }
}
