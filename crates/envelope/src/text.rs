//! Text in the octets of WinAnsiEncoding, which the standard fonts have.

/// The octets of a text; `None` if a letter is not among them.
pub(crate) fn win_ansi(text: &str) -> Option<Vec<u8>> {
    text.chars().map(octet).collect()
}

fn octet(letter: char) -> Option<u8> {
    match letter {
        ' '..='~' | '\u{A0}'..='\u{FF}' => u8::try_from(u32::from(letter)).ok(),
        _ => HIGH.iter().find(|(known, _)| *known == letter).map(|(_, octet)| *octet),
    }
}

/// The letters between 80 and 9F.
const HIGH: [(char, u8); 27] = [
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8A),
    ('‹', 0x8B),
    ('Œ', 0x8C),
    ('Ž', 0x8E),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9A),
    ('›', 0x9B),
    ('œ', 0x9C),
    ('ž', 0x9E),
    ('Ÿ', 0x9F),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_letters_are_octets_and_others_are_not() {
        assert_eq!(win_ansi("Zoë Müller-Ÿ €").as_deref(), Some(b"Zo\xEB M\xFCller-\x9F \x80".as_slice()));
        for refused in ["Łukasz", "Ђорђе", "محمد", "a\u{9F}", "a\nb", "\u{7F}"] {
            assert_eq!(win_ansi(refused), None, "{refused:?}");
        }
    }
}
