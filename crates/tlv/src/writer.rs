/// One TLV in its shortest form.
///
/// # Panics
///
/// If the value is longer than 4 GiB - 1, or `tag` has more than three octets: both are caller's mistakes.
#[must_use]
pub fn encode(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded_length(tag, value.len()));
    encode_into(&mut out, tag, value);
    out
}

/// Appends one TLV in its shortest form.
///
/// # Panics
///
/// As [`encode`].
pub fn encode_into(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    header_into(out, tag, value.len());
    out.extend_from_slice(value);
}

/// The length of a TLV in its shortest form, header included.
#[must_use]
pub fn encoded_length(tag: u32, value_length: usize) -> usize {
    significant(tag) + length_octets(value_length) + value_length
}

/// Appends tag and length of a TLV whose value the caller appends next, so that a large value is copied once.
///
/// # Panics
///
/// As [`encode`].
pub fn header_into(out: &mut Vec<u8>, tag: u32, length: usize) {
    assert!(tag != 0 && tag <= 0x00FF_FFFF, "a tag has one to three octets");
    out.extend_from_slice(tag.to_be_bytes().split_at(4 - significant(tag)).1);
    let Ok(length) = u32::try_from(length) else { panic!("a value has less than 4 GiB") };
    match length {
        0..=0x7F => out.extend(length.to_be_bytes().last()),
        _ => {
            let count = significant(length);
            out.extend((0x80 | count).to_be_bytes().last());
            out.extend_from_slice(length.to_be_bytes().split_at(4 - count).1);
        }
    }
}

fn length_octets(length: usize) -> usize {
    match length {
        0..=0x7F => 1,
        0x80..=0xFF => 2,
        0x100..=0xFFFF => 3,
        0x1_0000..=0xFF_FFFF => 4,
        _ => 5,
    }
}

/// How many octets the number needs; one for zero.
fn significant(number: u32) -> usize {
    match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    }
}
