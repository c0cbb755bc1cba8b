//! How wide a text is in the standard fonts: units of a thousandth of the size, as their metrics files have them.

/// The two faces of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Face {
    Plain,
    Bold,
}

/// The width of octets in WinAnsiEncoding, in points at this size.
pub(crate) fn width(face: Face, size: f32, octets: &[u8]) -> f32 {
    let units: u32 = octets.iter().map(|octet| u32::from(advance(face, *octet))).sum();
    // A line of a page has far fewer units than a float tells apart.
    #[allow(clippy::cast_precision_loss, reason = "a line is short")]
    let units = units as f32;
    units * size / 1000.0
}

/// Cuts a text into lines that fit, at spaces.
pub(crate) fn wrap(face: Face, size: f32, room: f32, octets: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for word in octets.split(|octet| *octet == b' ') {
        if let Some(line) = lines.last_mut()
            && width(face, size, line) + width(face, size, b" ") + width(face, size, word) <= room
        {
            line.push(b' ');
            line.extend_from_slice(word);
        } else {
            lines.push(word.to_vec());
        }
    }
    lines
}

fn advance(face: Face, octet: u8) -> u16 {
    let table = match face {
        Face::Plain => &PLAIN,
        Face::Bold => &BOLD,
    };
    table[usize::from(base(octet).clamp(b' ', b'~') - b' ')]
}

/// The letter of ASCII that is as wide: marks above and below do not widen a letter.
const fn base(octet: u8) -> u8 {
    match octet {
        0xC0..=0xC5 => b'A',
        0xC7 => b'C',
        0xC8..=0xCB | 0x80 => b'E',
        0xCC..=0xCF => b'I',
        0xD0 | 0xD1 => b'N',
        0xD2..=0xD6 | 0xD8 => b'O',
        0xD9..=0xDC => b'U',
        0xDD | 0x9F => b'Y',
        0x8A => b'S',
        0x8E => b'Z',
        0xE0..=0xE5 => b'a',
        0xE7 => b'c',
        0xE8..=0xEB => b'e',
        0xEC..=0xEF => b'i',
        0xF1 => b'n',
        0xF0 | 0xF2..=0xF6 | 0xF8 | 0xDE | 0xDF | 0xFE => b'o',
        0xF9..=0xFC => b'u',
        0xFD | 0xFF => b'y',
        0x9A => b's',
        0x9E => b'z',
        0x91 | 0x92 | 0x82 | 0xB7 => b'.',
        0x95 => b'*',
        0x96 => b'0',
        0x85 | 0x97 | 0xC6 | 0x8C | 0xE6 | 0x9C | 0x99 => b'@',
        0xA0 => b' ',
        _ => octet,
    }
}

/// Helvetica, from the space to the tilde.
const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// Helvetica-Bold, from the space to the tilde.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];
