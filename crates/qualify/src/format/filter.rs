use sigillo_crypto::Entropy;

/// What is done to a variable's octets on their way into a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Filter {
    /// The last bit of the last octet changes.
    Flip,
    /// The last bit of the first octet changes.
    FlipFirst,
    /// The last octet becomes another digit or letter.
    FlipLastChar,
    DropLast,
    DropFirst,
    Append(Vec<u8>),
    Prepend(Vec<u8>),
    First(usize),
    Last(usize),
    /// Every octet 00.
    Zero,
    /// An uncompressed point whose x is zero.
    ZeroX,
    /// An uncompressed point whose coordinates are zero.
    ZeroPoint,
    /// An uncompressed point whose x is beyond the field: every octet FF.
    AbovePrime,
    /// Every octet FF.
    Ones,
    /// An uncompressed point in compressed form.
    Compressed,
    /// The x coordinate of an uncompressed point.
    XOnly,
    /// Random octets of the same length.
    Other,
    /// The value of the (outer) TLV.
    Value,
}

impl Filter {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (word, argument) = text.split_once(':').unwrap_or((text, ""));
        let bare = argument.is_empty();
        Some(match word {
            "flip" if bare => Self::Flip,
            "flip-first" if bare => Self::FlipFirst,
            "flip-last-char" if bare => Self::FlipLastChar,
            "drop-last" if bare => Self::DropLast,
            "drop-first" if bare => Self::DropFirst,
            "append" => Self::Append(hex::decode(argument).ok()?),
            "prepend" => Self::Prepend(hex::decode(argument).ok()?),
            "first" => Self::First(argument.parse().ok()?),
            "last" => Self::Last(argument.parse().ok()?),
            "zero" if bare => Self::Zero,
            "zero-x" if bare => Self::ZeroX,
            "zero-point" if bare => Self::ZeroPoint,
            "above-prime" if bare => Self::AbovePrime,
            "ff" if bare => Self::Ones,
            "compressed" if bare => Self::Compressed,
            "x" if bare => Self::XOnly,
            "other" if bare => Self::Other,
            "value" if bare => Self::Value,
            _ => return None,
        })
    }

    /// Total: what has no first octet, or is no point, stays as it is.
    pub(crate) fn apply(&self, mut octets: Vec<u8>, entropy: &mut dyn Entropy) -> Vec<u8> {
        match self {
            Self::Flip => octets.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
            Self::FlipFirst => octets.iter_mut().take(1).for_each(|octet| *octet ^= 1),
            Self::FlipLastChar => octets.iter_mut().rev().take(1).for_each(|octet| {
                *octet = match *octet {
                    b'9' => b'8',
                    b'Z' => b'Y',
                    b'0'..=b'8' | b'A'..=b'Y' => *octet + 1,
                    _ => b'X',
                };
            }),
            Self::DropLast => drop(octets.pop()),
            Self::DropFirst => octets = octets.split_off(octets.len().min(1)),
            Self::Append(more) => octets.extend_from_slice(more),
            Self::Prepend(more) => octets = [more.as_slice(), &octets].concat(),
            Self::First(count) => octets.truncate(*count),
            Self::Last(count) => octets = octets.split_off(octets.len().saturating_sub(*count)),
            Self::Zero => octets.fill(0),
            Self::ZeroX => {
                let half = octets.len() / 2;
                octets.iter_mut().skip(1).take(half).for_each(|octet| *octet = 0);
            }
            Self::ZeroPoint => octets.iter_mut().skip(1).for_each(|octet| *octet = 0),
            Self::AbovePrime => {
                let half = octets.len() / 2;
                octets.iter_mut().skip(1).take(half).for_each(|octet| *octet = 0xFF);
            }
            Self::Ones => octets.fill(0xFF),
            Self::Compressed => {
                let odd = octets.last().is_some_and(|last| last & 1 == 1);
                octets.truncate(octets.len() / 2 + 1);
                octets.iter_mut().take(1).for_each(|first| *first = if odd { 3 } else { 2 });
            }
            Self::XOnly => {
                let half = octets.len() / 2;
                octets = octets.into_iter().skip(1).take(half).collect();
            }
            Self::Other => entropy.fill(&mut octets),
            Self::Value => {
                if let Ok(Some(tlv)) = sigillo_tlv::Reader::new(&octets).next() {
                    octets = tlv.value.to_vec();
                }
            }
        }
        octets
    }
}
