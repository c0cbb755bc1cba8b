//! ISO/IEC 9797-1 padding method 2: one octet `80`, then `00` up to a whole block. Spec: `iso-9797-1#padding-2`.

/// Pads a message; there is always at least one padding octet.
#[must_use]
pub fn pad(message: &[u8], block: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + block);
    out.extend_from_slice(message);
    pad_in_place(&mut out, block);
    out
}

/// Pads a message where it stands.
pub fn pad_in_place(message: &mut Vec<u8>, block: usize) {
    message.push(0x80);
    let whole = message.len().next_multiple_of(block);
    message.resize(whole, 0);
}

/// The message without its padding, or `None` if the octets are not padded.
#[must_use]
pub fn unpad(padded: &[u8], block: usize) -> Option<&[u8]> {
    if padded.is_empty() || !padded.len().is_multiple_of(block) {
        return None;
    }
    let end = padded.iter().rposition(|octet| *octet != 0)?;
    let (message, padding) = padded.split_at_checked(end)?;
    (padding.first() == Some(&0x80) && padding.len() <= block).then_some(message)
}

/// Several slices as one.
pub(crate) fn concat(parts: &[&[u8]]) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(parts.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn padding_comes_off_again(message in prop::collection::vec(any::<u8>(), 0..70), block in prop::sample::select(vec![8usize, 16])) {
            let padded = pad(&message, block);
            prop_assert_eq!(padded.len() % block, 0);
            prop_assert_eq!(unpad(&padded, block), Some(&message[..]));
        }
    }

    #[test]
    fn what_is_not_padded_is_refused() {
        for bytes in [&[][..], &[0; 8], &[1; 8], &[0x80], &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(unpad(bytes, 8), None);
        }
    }
}
