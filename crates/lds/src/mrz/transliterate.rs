use unicode_normalization::UnicodeNormalization;

use super::language::Language;
use super::{arabic, cyrillic, greek, latin};
use crate::error::{LdsError, LdsErrorKind};

/// Writes a name in the letters of the MRZ, its components separated by single fillers.
///
/// Latin, Cyrillic and Arabic follow ICAO 9303-3 section 6, the first of several recommended values where it gives more than
/// one (Ä is AE, Å is AA, Ü is UE). Decided by us, where the standard is silent: Greek follows ISO 843 (transcription); a
/// letter outside the tables loses its diacritics if a table knows what is left; the soft sign and marks that Unicode cannot
/// compose are omitted; Ѓ and Ћ stand where the table prints the look-alikes Ғ and Һ.
///
/// Hyphens, commas and spaces separate components; apostrophes and other punctuation vanish. Input may be decomposed. The
/// offset of an error counts characters of the composed, capitalized name.
///
/// Spec: `icao-9303-3#transliteration`, `icao-9303-3#names`.
///
/// # Errors
///
/// `lds.character` for digits, symbols, control characters and letters no table knows: the record then has to bring its own
/// MRZ form of the name.
pub fn transliterate(name: &str) -> Result<String, LdsError> {
    transliterate_of(name, Language::Unspecified)
}

/// As [`transliterate`], for a name of a known language.
///
/// # Errors
///
/// As [`transliterate`].
pub fn transliterate_of(name: &str, language: Language) -> Result<String, LdsError> {
    let capitals: String = name.nfc().flat_map(char::to_uppercase).collect();
    let composed: Vec<char> = capitals.nfc().collect();
    let mut components = Vec::new();
    let mut at = 0;
    for letters in composed.split(|character| is_separator(*character)) {
        let component = transliterate_component(letters, language).map_err(|error| error.behind(at))?;
        at += letters.len() + 1;
        if !component.is_empty() {
            components.push(component);
        }
    }
    Ok(components.join("<"))
}

fn transliterate_component(letters: &[char], language: Language) -> Result<String, LdsError> {
    let letters: Vec<(usize, char)> = letters.iter().copied().enumerate().filter(|(_, c)| !is_omitted(*c)).collect();
    let characters: Vec<char> = letters.iter().map(|(_, character)| *character).collect();
    let mut out = String::new();
    let mut last = "";
    let mut rest: &[char] = &characters;
    while let Some((character, behind)) = rest.split_first() {
        let first = rest.len() == characters.len();
        if *character == arabic::SHADDA {
            // Doubles what the letter under it became.
            out.push_str(last);
            rest = behind;
        } else if let Some((text, count)) = greek::letters(rest, first) {
            out.push_str(text);
            rest = rest.get(count..).unwrap_or_default();
        } else {
            let text = letter(*character, first, behind, language).ok_or_else(|| {
                let at = letters.get(characters.len() - rest.len()).map_or(0, |(at, _)| *at);
                LdsError::at_offset(LdsErrorKind::Character { field: "name" }, at)
            })?;
            if character.is_ascii_uppercase() {
                out.push(*character);
            }
            out.push_str(text);
            last = text;
            rest = behind;
        }
    }
    Ok(out)
}

/// What one letter becomes; a plain capital is pushed by the caller and adds nothing.
fn letter(character: char, first: bool, behind: &[char], language: Language) -> Option<&'static str> {
    if character.is_ascii_uppercase() {
        return Some("");
    }
    let known = |character| {
        latin::letter(character)
            .or_else(|| cyrillic::letter(character, first, language))
            .or_else(|| arabic::letter(character, behind.is_empty()))
    };
    known(character).or_else(|| {
        let mut parts = std::iter::once(character).nfd();
        let base = parts.next().filter(|base| *base != character)?;
        parts.all(is_mark).then(|| latin::plain(base).or_else(|| known(base)))?
    })
}

fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '-' | ',' | '<' | '\u{A0}' | '\u{60C}' | '\u{2000}'..='\u{200A}' | '\u{2010}'..='\u{2015}'
        | '\u{202F}' | '\u{205F}' | '\u{2212}' | '\u{3000}')
}

/// Apostrophes, other punctuation, invisible marks, vowel signs that are not encoded, and diacritics left uncomposed.
fn is_omitted(character: char) -> bool {
    let apostrophe =
        matches!(character, '\'' | '`' | '´' | '\u{2B9}'..='\u{2BF}' | '\u{2018}'..='\u{201B}' | '′' | '\u{384}');
    let punctuation = matches!(character, '!' | '"' | '#' | '%' | '&' | '(' | ')' | '*' | '.' | '/' | ':' | ';' | '?' | '@'
        | '[' | '\\' | ']' | '_' | '{' | '}' | '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{2016}' | '\u{2017}'
        | '\u{201C}'..='\u{2027}' | '\u{2030}'..='\u{205E}');
    let invisible = matches!(character, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    apostrophe || punctuation || invisible || is_mark(character) || arabic::is_not_encoded(character)
}

fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}')
}
