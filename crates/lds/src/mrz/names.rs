use super::language::Language;
use super::transliterate::transliterate_of;
use crate::error::{LdsError, LdsErrorKind};

/// The name line of a TD1 card: 30 characters, transliterated and truncated.
///
/// A single name stands alone, whichever of the two arguments holds it. ICAO 9303-5 leaves the way of truncation to the
/// issuer; ours is: components become initials from the last backwards, the first one is kept whole while it can be, what
/// still does not fit is dropped from the end, and the room left is given back letter by letter, in turn. A truncated line
/// always ends with a letter.
///
/// Spec: `icao-9303-5#name-truncation`.
///
/// # Errors
///
/// `lds.character` for a character no table knows, `lds.missing` if no letter is left.
pub fn names(surname: &str, given_names: &str) -> Result<String, LdsError> {
    names_of(surname, given_names, Language::Unspecified)
}

/// As [`names`], for names of a known language.
///
/// # Errors
///
/// As [`names`].
pub fn names_of(surname: &str, given_names: &str, language: Language) -> Result<String, LdsError> {
    let primary = transliterate_of(surname, language)?;
    let secondary = transliterate_of(given_names, language)?;
    let line = match (Components::of(&primary), Components::of(&secondary)) {
        (None, None) => return Err(LdsError::new(LdsErrorKind::Missing { field: "surname" })),
        (Some(alone), None) | (None, Some(alone)) => alone.shortened(WIDTH).filled(WIDTH).joined(),
        (Some(primary), Some(secondary)) => both(&primary, &secondary),
    };
    Ok(format!("{line:<<WIDTH$}"))
}

fn both(primary: &Components<'_>, secondary: &Components<'_>) -> String {
    let whole = primary.length() + SEPARATOR + secondary.length();
    if whole <= WIDTH {
        return format!("{}<<{}", primary.joined(), secondary.joined());
    }
    // The separator and one letter of the secondary identifier are due at least.
    let mut first = primary.clone().shortened(WIDTH - SEPARATOR - 1);
    let room = WIDTH - SEPARATOR - first.length();
    if secondary.length() <= room {
        let given_back = first.filled(WIDTH - SEPARATOR - secondary.length());
        return format!("{}<<{}", given_back.joined(), secondary.joined());
    }
    let mut second = secondary.clone().shortened(room).filled(room);
    if second.length() < room && first.give_up_a_letter() {
        // No way to end on a letter: the primary identifier gives up one of its own.
        second = secondary.clone().shortened(room + 1).filled(room + 1);
    }
    format!("{}<<{}", first.joined(), second.joined())
}

/// The components of one identifier, each with how many of its letters are kept (zero: dropped, always from the end).
#[derive(Clone)]
struct Components<'a> {
    parts: Vec<Part<'a>>,
}

#[derive(Clone)]
struct Part<'a> {
    text: &'a str,
    kept: usize,
}

impl<'a> Components<'a> {
    fn of(transliterated: &'a str) -> Option<Self> {
        let parts: Vec<Part<'a>> = transliterated
            .split('<')
            .filter(|text| !text.is_empty())
            .map(|text| Part { text, kept: text.len() })
            .collect();
        (!parts.is_empty()).then_some(Self { parts })
    }

    fn length(&self) -> usize {
        let letters: usize = self.parts.iter().map(|part| part.kept).sum();
        let components = self.parts.iter().filter(|part| part.kept > 0).count();
        letters + components.saturating_sub(1)
    }

    fn shortened(mut self, room: usize) -> Self {
        for kept in [1, 0] {
            for at in (1..self.parts.len()).rev() {
                if self.length() <= room {
                    return self;
                }
                if let Some(part) = self.parts.get_mut(at) {
                    part.kept = kept;
                }
            }
        }
        if let Some(first) = self.parts.first_mut() {
            first.kept = first.kept.min(room);
        }
        self
    }

    /// Gives the room left back to the shortened components, in turn, so that the last position holds a letter.
    fn filled(mut self, room: usize) -> Self {
        while self.length() < room {
            let before = self.length();
            for at in 0..self.parts.len() {
                if self.length() < room
                    && let Some(part) = self.parts.get_mut(at)
                    && part.kept > 0
                    && part.kept < part.text.len()
                {
                    part.kept += 1;
                }
            }
            if self.length() == before {
                // One position is left behind whole components: a letter before makes room for the next initial.
                if self.has_dropped() && self.length() + 1 == room && self.give_up_a_letter() {
                    self.take_up_an_initial();
                }
                return self;
            }
        }
        self
    }

    fn has_dropped(&self) -> bool {
        self.parts.iter().any(|part| part.kept == 0)
    }

    fn give_up_a_letter(&mut self) -> bool {
        let longest = self.parts.iter_mut().max_by_key(|part| part.kept).filter(|part| part.kept > 1);
        longest.map(|part| part.kept -= 1).is_some()
    }

    fn take_up_an_initial(&mut self) {
        if let Some(part) = self.parts.iter_mut().find(|part| part.kept == 0) {
            part.kept = 1;
        }
    }

    fn joined(&self) -> String {
        let kept: Vec<&str> = self.parts.iter().filter_map(|part| part.text.get(..part.kept)).collect();
        kept.join("<").trim_end_matches('<').to_owned()
    }
}

const WIDTH: usize = 30;
const SEPARATOR: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standards_examples() {
        // ICAO 9303-5, 4.2.3: of the ways it allows, those that ours chooses.
        for (surname, given, line) in [
            ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DE<K"),
            ("NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADHANANANDA<<ARNPOL<PE<CH"),
            ("BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<W<W<<DI"),
            ("PAPANDROPOULOUS", "JONATHON ALEC", "PAPANDROPOULOUS<<JONATHON<ALEC"),
            ("VAN DER MUELLEN", "MARTIN", "VAN<DER<MUELLEN<<MARTIN<<<<<<<"),
            ("AL-BASRI", "HUDA MUHAMMAD JAWAD", "AL<BASRI<<HUDA<MUHAMMAD<JAWAD<"),
            ("VILARCHAO FERNANDEZ", "JOSE RAMON", "VILARCHAO<FERNANDEZ<<JOSE<RAMO"),
            ("ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<"),
            ("SATRIYA SUDARPA", "", "SATRIYA<SUDARPA<<<<<<<<<<<<<<<"),
        ] {
            assert_eq!(names(surname, given).unwrap(), line);
        }
    }

    #[test]
    fn every_truncation_ends_on_a_letter() {
        for (surname, given, line) in [
            // One position would be left behind ANNA.
            ("ABCDEFGHIJKLMNOPQRSTUVW", "ANNA MARIA", "ABCDEFGHIJKLMNOPQRSTUVW<<ANN<M"),
            // The given name has no letter to spare, the surname has.
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A MARIA", "ABCDEFGHIJKLMNOPQRSTUVWXY<<A<M"),
            // A short given name gives its room back to the surname.
            ("BENNELONG WOOLOOMOOLOO WARRANDYTE", "A", "BENNELONG<WOOLOOMOOLOO<WARR<<A"),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD"),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZABC DEF", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZAB<D"),
        ] {
            assert_eq!(names(surname, given).unwrap(), line);
        }
        assert_eq!(names("", "SUHARTO").unwrap(), names("SUHARTO", "").unwrap());
        assert_eq!(names(" - ", "'").unwrap_err().code(), "lds.missing");
    }

    proptest! {
        #[test]
        fn thirty_characters_always(surname in "[A-Z]{1,12}( [A-Z]{2,12}){0,5}", given in "([A-Z]{2,12}( [A-Z]{1,12}){0,5})?") {
            let line = names(&surname, &given).unwrap();
            prop_assert_eq!(line.len(), 30);
            let whole = if given.is_empty() { surname.len() } else { surname.len() + 2 + given.len() };
            if whole > 30 {
                prop_assert!(line.ends_with(|last: char| last.is_ascii_uppercase()), "{}", line);
            } else {
                prop_assert_eq!(line.trim_end_matches('<').len(), whole);
            }
            prop_assert_eq!(line.contains("<<"), !given.is_empty() || whole < 29);
        }
    }
}
