use unicode_normalization::UnicodeNormalization;

/// What the Greek letters at the front become, and how many they are: ISO 843 transcription, the practice of Greek passports.
///
/// ICAO 9303-3 has no Greek table; this is our decision.
///
/// Spec: `iso-843#transcription`.
pub(super) fn letters(capitals: &[char], first: bool) -> Option<(&'static str, usize)> {
    let mut rest = capitals.iter().copied();
    let here = Letter::of(rest.next()?)?;
    let next = rest.next().and_then(Letter::of);
    if let Some(next) = next {
        let after = rest.next().and_then(Letter::of);
        if let Some(text) = pair(&here, &next, first, after.as_ref()) {
            return Some((text, 2));
        }
    }
    single(here.base).map(|text| (text, 1))
}

struct Letter {
    base: char,
    accent: bool,
    diaeresis: bool,
}

impl Letter {
    fn of(character: char) -> Option<Self> {
        let mut parts = std::iter::once(character).nfd();
        let base = parts.next().filter(|base| matches!(base, 'Α'..='Ω'))?;
        let marks: Vec<char> = parts.collect();
        let accent = marks.iter().any(|mark| matches!(mark, '\u{300}' | '\u{301}' | '\u{342}'));
        Some(Self { base, accent, diaeresis: marks.contains(&'\u{308}') })
    }
}

fn pair(here: &Letter, next: &Letter, first: bool, after: Option<&Letter>) -> Option<&'static str> {
    // An accent on the first vowel or a diaeresis on the second keeps the two apart.
    let diphthong = !here.accent && !next.diaeresis;
    let voiceless = after.is_none_or(|after| matches!(after.base, 'Θ' | 'Κ' | 'Ξ' | 'Π' | 'Σ' | 'Τ' | 'Φ' | 'Χ' | 'Ψ'));
    Some(match (here.base, next.base) {
        ('Α', 'Υ') if diphthong && voiceless => "AF",
        ('Α', 'Υ') if diphthong => "AV",
        ('Ε', 'Υ') if diphthong && voiceless => "EF",
        ('Ε', 'Υ') if diphthong => "EV",
        ('Η', 'Υ') if diphthong && voiceless => "IF",
        ('Η', 'Υ') if diphthong => "IV",
        ('Ο', 'Υ') if diphthong => "OU",
        ('Γ', 'Γ') => "NG",
        ('Γ', 'Ξ') => "NX",
        ('Γ', 'Χ') => "NCH",
        ('Μ', 'Π') if first || after.is_none() => "B",
        _ => return None,
    })
}

fn single(base: char) -> Option<&'static str> {
    Some(match base {
        'Α' => "A",
        'Β' => "V",
        'Γ' => "G",
        'Δ' => "D",
        'Ε' => "E",
        'Ζ' => "Z",
        'Η' | 'Ι' => "I",
        'Θ' => "TH",
        'Κ' => "K",
        'Λ' => "L",
        'Μ' => "M",
        'Ν' => "N",
        'Ξ' => "X",
        'Ο' | 'Ω' => "O",
        'Π' => "P",
        'Ρ' => "R",
        'Σ' => "S",
        'Τ' => "T",
        'Υ' => "Y",
        'Φ' => "F",
        'Χ' => "CH",
        'Ψ' => "PS",
        _ => return None,
    })
}
