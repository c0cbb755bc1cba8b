use std::iter::Peekable;
use std::str::Chars;

use serde::Deserialize;

use super::filter::Filter;

/// Octets with gaps: hex, lengths that are counted, and variables.
///
/// | form | stands for |
/// |---|---|
/// | `00 A4` | these octets |
/// | `( … )` | the length of what is inside as DER writes it, then what is inside |
/// | `[ … ]` | the same as Lc: one octet, or 00 and two octets beyond 255 |
/// | `{le}` | Le that asks for as much as fits: 00, or 0000 behind a long Lc |
/// | `{le:ext}` | the same in the extended form always: 0000 behind an Lc, else 000000 |
/// | `{name}`, `{name\|flip}` | a variable, with filters |
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    parts: Vec<Part>,
}

/// Gives the octets of a variable, filtered.
type Resolve<'a> = dyn FnMut(&str, &[Filter]) -> Result<Vec<u8>, TemplateError> + 'a;

/// What a template cannot become.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A variable has no value at this point.
    #[error("{{{name}}} has no value here")]
    NoValue {
        /// Its name.
        name: String,
    },
    /// What is inside brackets has more octets than a length can say.
    #[error("more than 65 535 octets")]
    TooLong,
}

#[derive(Clone, Debug)]
enum Part {
    Octets(Vec<u8>),
    Variable { name: String, filters: Vec<Filter> },
    Length(Vec<Part>),
    Lc(Vec<Part>),
    Le { extended: bool },
}

impl Template {
    /// Without gaps.
    #[must_use]
    pub fn octets(octets: &[u8]) -> Self {
        Self { parts: vec![Part::Octets(octets.to_vec())] }
    }

    /// The octets, with the values that `resolve` gives for names and filters.
    pub(crate) fn render(&self, resolve: &mut Resolve<'_>) -> Result<Vec<u8>, TemplateError> {
        let mut lc = Lc::None;
        render(&self.parts, &mut lc, resolve)
    }

    /// The names of its variables.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        collect(&self.parts, &mut names);
        names
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Lc {
    None,
    Short,
    Long,
}

fn render(parts: &[Part], lc: &mut Lc, resolve: &mut Resolve<'_>) -> Result<Vec<u8>, TemplateError> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Octets(octets) => out.extend_from_slice(octets),
            Part::Variable { name, filters } => out.extend(resolve(name, filters)?),
            Part::Length(inner) => {
                let inner = render(inner, lc, resolve)?;
                let length = u16::try_from(inner.len()).map_err(|_| TemplateError::TooLong)?;
                let [high, low] = length.to_be_bytes();
                match length {
                    0..=0x7F => out.push(low),
                    0x80..=0xFF => out.extend_from_slice(&[0x81, low]),
                    _ => out.extend_from_slice(&[0x82, high, low]),
                }
                out.extend(inner);
            }
            Part::Lc(inner) => {
                let inner = render(inner, lc, resolve)?;
                let length = u16::try_from(inner.len()).map_err(|_| TemplateError::TooLong)?;
                let [high, low] = length.to_be_bytes();
                *lc = if length > 0xFF { Lc::Long } else { Lc::Short };
                match *lc {
                    Lc::Long => out.extend_from_slice(&[0, high, low]),
                    _ => out.push(low),
                }
                out.extend(inner);
            }
            Part::Le { extended } => match (*extended, *lc) {
                (_, Lc::Long) => out.extend_from_slice(&[0, 0]),
                (true, Lc::None) => out.extend_from_slice(&[0, 0, 0]),
                (true, Lc::Short) => {
                    // An Le of two octets needs an Lc of three.
                    let (head, body) = out.split_at_checked(4).unwrap_or((&out, &[]));
                    out = [head, &[0, 0], body, &[0, 0]].concat();
                }
                (false, _) => out.push(0),
            },
        }
    }
    Ok(out)
}

fn collect<'a>(parts: &'a [Part], names: &mut Vec<&'a str>) {
    for part in parts {
        match part {
            Part::Variable { name, .. } => names.push(name),
            Part::Length(inner) | Part::Lc(inner) => collect(inner, names),
            Part::Octets(_) | Part::Le { .. } => {}
        }
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = parse(&mut text.chars().peekable(), None).map_err(|what| format!("{what} in `{text}`"))?;
        Ok(Self { parts })
    }
}

fn parse(text: &mut Peekable<Chars<'_>>, end: Option<char>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    loop {
        match text.next() {
            None if end.is_none() => return Ok(parts),
            None => return Err("a bracket is not closed".to_owned()),
            found if found == end => return Ok(parts),
            Some(blank) if blank.is_whitespace() => {}
            Some('(') => parts.push(Part::Length(parse(text, Some(')'))?)),
            Some('[') => parts.push(Part::Lc(parse(text, Some(']'))?)),
            Some('{') => {
                let mut inner = String::new();
                loop {
                    match text.next() {
                        Some('}') => break,
                        Some(letter) => inner.push(letter),
                        None => return Err("a brace is not closed".to_owned()),
                    }
                }
                parts.push(variable(&inner)?);
            }
            Some(high) => {
                let low = text.next().and_then(|low| low.to_digit(16));
                let octet = high.to_digit(16).zip(low).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
                let octet = octet.ok_or_else(|| format!("`{high}` begins no octet"))?;
                match parts.last_mut() {
                    Some(Part::Octets(octets)) => octets.push(octet),
                    _ => parts.push(Part::Octets(vec![octet])),
                }
            }
        }
    }
}

fn variable(text: &str) -> Result<Part, String> {
    match text {
        "le" => return Ok(Part::Le { extended: false }),
        "le:ext" => return Ok(Part::Le { extended: true }),
        _ => {}
    }
    let mut words = text.split('|').map(str::trim);
    let name = words.next().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err("a variable without a name".to_owned());
    }
    let filters =
        words.map(|word| Filter::parse(word).ok_or_else(|| format!("no filter {word}"))).collect::<Result<_, _>>()?;
    Ok(Part::Variable { name, filters })
}

#[cfg(test)]
mod tests {
    use sigillo_crypto::SeededEntropy;

    use super::*;

    fn rendered(text: &str) -> String {
        let mut entropy = SeededEntropy::new([1; 32]);
        let octets = Template::try_from(text.to_owned()).unwrap().render(&mut |name, filters| {
            let octets = match name {
                "short" => vec![0x11, 0x22, 0x33],
                "long" => vec![0xAA; 300],
                _ => return Err(TemplateError::NoValue { name: name.to_owned() }),
            };
            Ok(filters.iter().fold(octets, |octets, filter| filter.apply(octets, &mut entropy)))
        });
        octets.map_or_else(|error| error.to_string(), hex::encode_upper)
    }

    #[test]
    fn lengths_are_counted_and_filters_applied() {
        assert_eq!(rendered("00 22 81 B6 [83 ({short})]"), "002281B6058303".to_owned() + "112233");
        assert_eq!(rendered("{short|flip}{short|drop-last|append:FF}"), "1122321122FF");
        assert_eq!(rendered("{short|first:1} {short|last:1} {short|zero}"), "1133000000");
        assert_eq!(rendered("00 86 00 00 [7C (85 ({short}))] {le}"), "008600000".to_owned() + "77C05850311223300");
        assert_eq!(rendered("00 B0 00 00 {le:ext}"), "00B00000000000");
        assert_eq!(rendered("00 B1 00 00 [54 01 00] {le:ext}"), "00B100000000035401000000");
        let long = rendered("00 2A 00 BE [{long}] {le}");
        assert!(long.starts_with("002A00BE00012CAA") && long.ends_with("AA0000") && long.len() == 2 * (7 + 300 + 2));
        assert_eq!(rendered("{gone}"), "{gone} has no value here");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["0", "0G", "(00", "00)", "[00", "{short", "{}", "{short|bend}", "{short|first:x}"] {
            assert!(Template::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
