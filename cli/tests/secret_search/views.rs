//! The shapes in which octets may lie in a text: instead of encoding every secret, everything that looks encoded is decoded.

/// The octets as they are, and every run that can be read as escapes, hexadecimal, base64 or decimal numbers.
pub(crate) fn views(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut views = vec![octets.to_vec()];
    if octets.contains(&b'\\') {
        views.push(unescaped(octets));
    }
    hexadecimal(octets, &mut views);
    base64(octets, &mut views);
    decimal(octets, &mut views);
    views
}

/// Both phases of every run of hexadecimal digits, and pairs of digits with something between them.
fn hexadecimal(octets: &[u8], views: &mut Vec<Vec<u8>>) {
    let value = |octet: &u8| char::from(*octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for run in octets.split(|octet| value(octet).is_none()).filter(|run| run.len() >= SHORTEST) {
        let digits: Vec<u8> = run.iter().filter_map(value).collect();
        for phase in 0..2 {
            views.push(digits[phase..].chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect());
        }
    }
    let words = octets.split(|octet| !octet.is_ascii_alphanumeric());
    let numbers = words.filter(|word| !word.is_empty()).map(|word| {
        let word = word.strip_prefix(b"0x").or(word.strip_prefix(b"x")).unwrap_or(word);
        let text = std::str::from_utf8(word).ok().filter(|text| text.len() <= 2);
        text.and_then(|text| u8::from_str_radix(text, 16).ok())
    });
    gather(numbers, views);
}

/// All four phases of every run of base64, in either alphabet.
fn base64(octets: &[u8], views: &mut Vec<Vec<u8>>) {
    let value = |octet: &u8| match octet {
        b'A'..=b'Z' => Some(octet - b'A'),
        b'a'..=b'z' => Some(octet - b'a' + 26),
        b'0'..=b'9' => Some(octet - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    for run in octets.split(|octet| value(octet).is_none()).filter(|run| run.len() >= SHORTEST / 2) {
        let digits: Vec<u32> = run.iter().filter_map(value).map(u32::from).collect();
        for phase in 0..4 {
            let mut out = Vec::with_capacity(digits.len());
            for group in digits[phase.min(digits.len())..].chunks(4) {
                let word = group.iter().fold(0, |word, digit| word << 6 | digit) << (6 * (4 - group.len()));
                out.extend_from_slice(&word.to_be_bytes()[1..group.len().max(1)]);
            }
            views.push(out);
        }
    }
}

/// Lists of numbers up to 255, whatever stands between them.
fn decimal(octets: &[u8], views: &mut Vec<Vec<u8>>) {
    let words = octets.split(|octet| !octet.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    gather(words.map(|word| std::str::from_utf8(word).ok().and_then(|text| text.parse().ok())), views);
}

/// Runs of at least four numbers.
fn gather(numbers: impl Iterator<Item = Option<u8>>, views: &mut Vec<Vec<u8>>) {
    let mut run = Vec::new();
    for number in numbers.chain([None]) {
        match number {
            Some(number) => run.push(number),
            None if run.len() >= 4 => views.push(std::mem::take(&mut run)),
            None => run.clear(),
        }
    }
}

/// What `\xNN`, `\uNNNN` and `\u{N}` stand for.
fn unescaped(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((first, behind)) = rest.split_first() {
        match escape(rest) {
            Some((mut meant, length)) => {
                out.append(&mut meant);
                rest = &rest[length..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

/// What an escape at the beginning stands for, and its length.
fn escape(octets: &[u8]) -> Option<(Vec<u8>, usize)> {
    let number =
        |from: usize, to: usize| u32::from_str_radix(std::str::from_utf8(octets.get(from..to)?).ok()?, 16).ok();
    let character = |number: Option<u32>| Some(char::from_u32(number?)?.to_string().into_bytes());
    match octets {
        [b'\\', b'x', ..] => Some((vec![u8::try_from(number(2, 4)?).ok()?], 4)),
        [b'\\', b'u', b'{', ..] => {
            let end = octets.iter().take(12).position(|octet| *octet == b'}')?;
            Some((character(number(3, end))?, end + 1))
        }
        [b'\\', b'u', ..] => Some((character(number(2, 6))?, 6)),
        _ => None,
    }
}

/// Fewer digits than eight octets need, and a phase.
const SHORTEST: usize = 10;

/// The octets in every shape that the search knows; for planting.
pub(crate) fn shapes(octets: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    let list = |number: fn(&u8) -> String, between: &str| octets.iter().map(number).collect::<Vec<_>>().join(between);
    let padded = |before: &[u8]| [before, octets].concat();
    vec![
        ("raw", octets.to_vec()),
        ("lower-case hexadecimal", hex::encode(octets).into_bytes()),
        ("upper-case hexadecimal", hex::encode_upper(octets).into_bytes()),
        ("hexadecimal behind a digit", format!("f{}", hex::encode(octets)).into_bytes()),
        ("hexadecimal with colons", list(|octet| format!("{octet:02x}"), ":").into_bytes()),
        ("hexadecimal numbers", list(|octet| format!("0x{octet:02X}"), ", ").into_bytes()),
        ("base64", Base64::encode_string(octets).into_bytes()),
        ("base64 behind one octet", Base64::encode_string(&padded(b"a")).into_bytes()),
        ("base64 behind two octets", Base64::encode_string(&padded(b"ab")).into_bytes()),
        ("base64 for addresses", Base64UrlUnpadded::encode_string(octets).into_bytes()),
        ("decimal", format!("{octets:?}").into_bytes()),
        ("decimal over lines", format!("{octets:#?}").into_bytes()),
        ("escapes", list(|octet| format!("\\x{octet:02x}"), "").into_bytes()),
    ]
}
