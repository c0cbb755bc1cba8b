/// The check digit over the concatenated parts, as its MRZ character: weights 7-3-1, modulus 10.
///
/// Digits count as themselves, `A` to `Z` as 10 to 35, the filler as 0.
///
/// Spec: `icao-9303-3#check-digits`.
#[must_use]
pub fn check_digit(parts: &[&str]) -> char {
    let sum: u32 =
        parts.iter().flat_map(|part| part.bytes()).zip([7, 3, 1].into_iter().cycle()).fold(0, |sum, (byte, weight)| {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => 0,
            };
            (sum + u32::from(value) * weight) % 10
        });
    char::from_digit(sum, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_examples() {
        // ICAO 9303-3 Appendix A, examples 1 and 2.
        assert_eq!(check_digit(&["520727"]), '3');
        assert_eq!(check_digit(&["AB2134<<<"]), '5');
        // Example 4: the composite of a TD1 card.
        assert_eq!(check_digit(&["D231458907<<<<<<<<<<<<<<<", "3407127", "9507122", "<<<<<<<<<<<"]), '2');
        assert_eq!(check_digit(&["<<<<<<"]), '0');
    }
}
