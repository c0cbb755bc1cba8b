use serde::Deserialize;

use super::template::Template;

/// What the data of an answer must be.
///
/// | word | means |
/// |---|---|
/// | `empty`, `nonempty` | |
/// | `empty-or:7C00` | no octet, or these |
/// | `length:8`, `length:1..16` | so many octets |
/// | `tlv:60` | one whole TLV of this tag, and nothing behind it |
/// | `tag:6F` | begins with a TLV header of this tag |
/// | `starts:6E…` | begins with these octets |
/// | `contains:…`, `equals:…`, `differs:…` | a template: hex and variables |
/// | `prefix-of:{DG1}` | the first octets of it |
/// | `has:7C/80` | a TLV at this path of tags |
/// | `lacks:7C/80` | none |
/// | `signed:…`, `signed-hash:…` | a plain signature of the holder's key over these octets, or over this hash, by EF.Certificate |
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum DataCondition {
    /// No octet.
    Empty,
    /// At least one.
    Nonempty,
    /// No octet, or these.
    EmptyOr(Template),
    /// From so many to so many octets.
    Length(usize, usize),
    /// Exactly one whole TLV.
    Tlv(u32),
    /// A TLV header of this tag at the beginning.
    Tag(u32),
    /// These octets at the beginning.
    Starts(Template),
    /// These octets somewhere.
    Contains(Template),
    /// These octets and no others.
    Equals(Template),
    /// Anything but these octets.
    Differs(Template),
    /// The first octets of these.
    PrefixOf(Template),
    /// A TLV at this path.
    Has(Vec<u32>),
    /// No TLV at this path.
    Lacks(Vec<u32>),
    /// A signature of the holder's key over the SHA-256 of these octets.
    Signed(Template),
    /// A signature of the holder's key over this hash.
    SignedHash(Template),
}

impl TryFrom<String> for DataCondition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (word, argument) = text.split_once(':').unwrap_or((&text, ""));
        let refused = || format!("no condition on data: {text}");
        let template = || Template::try_from(argument.to_owned());
        let tag = |hex: &str| u32::from_str_radix(hex, 16).map_err(|_| refused());
        Ok(match word {
            "empty" => Self::Empty,
            "nonempty" => Self::Nonempty,
            "empty-or" => Self::EmptyOr(template()?),
            "length" => {
                let (least, most) = argument.split_once("..").unwrap_or((argument, argument));
                let number = |text: &str| text.parse().map_err(|_| refused());
                Self::Length(number(least)?, number(most)?)
            }
            "tlv" => Self::Tlv(tag(argument)?),
            "tag" => Self::Tag(tag(argument)?),
            "starts" => Self::Starts(template()?),
            "contains" => Self::Contains(template()?),
            "equals" => Self::Equals(template()?),
            "differs" => Self::Differs(template()?),
            "prefix-of" => Self::PrefixOf(template()?),
            "has" => Self::Has(argument.split('/').map(tag).collect::<Result<_, _>>()?),
            "lacks" => Self::Lacks(argument.split('/').map(tag).collect::<Result<_, _>>()?),
            "signed" => Self::Signed(template()?),
            "signed-hash" => Self::SignedHash(template()?),
            _ => return Err(refused()),
        })
    }
}
