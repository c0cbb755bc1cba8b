//! Secrets, cut into pieces that are looked for: whoever leaks half a key leaks a key.

use std::collections::{BTreeSet, HashMap};

use crate::views::views;

/// What is searched for.
pub(crate) struct Secrets {
    pieces: Vec<Piece>,
    names: Vec<String>,
    /// The pieces by their first four octets.
    by_start: HashMap<[u8; 4], Vec<usize>>,
    /// Whether a piece begins with these three octets: most octets of a channel are passed over by this alone.
    begins: Vec<bool>,
}

struct Piece {
    octets: Vec<u8>,
    secret: usize,
    /// Digits inside a longer number in hexadecimal are chance.
    is_code: bool,
}

impl Piece {
    fn is_at(&self, view: &[u8], at: usize) -> bool {
        let neighbour = |at: Option<usize>| at.and_then(|at| view.get(at)).is_some_and(u8::is_ascii_hexdigit);
        let is_inside = neighbour(at.checked_sub(1)) && neighbour(at.checked_add(self.octets.len()));
        view[at..].starts_with(&self.octets) && !(self.is_code && is_inside)
    }
}

impl Secrets {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { pieces: Vec::new(), names: Vec::new(), by_start: HashMap::new(), begins: vec![false; 1 << 24] }
    }

    /// A key or another secret of random octets: any eight of them in a row, and the whole as a decimal number.
    pub(crate) fn key(&mut self, name: &str, octets: &[u8]) {
        assert!(octets.len() >= 8 && octets.iter().collect::<BTreeSet<_>>().len() > 4, "{name} is no secret");
        let secret = self.name(name);
        octets.windows(8).for_each(|window| self.piece(window, secret));
        if let Ok(octets) = <[u8; 16]>::try_from(octets) {
            self.piece(u128::from_be_bytes(octets).to_string().as_bytes(), secret);
        }
    }

    /// A code: all of its digits in a row, as they are typed.
    pub(crate) fn digits(&mut self, name: &str, digits: &str) {
        assert!(digits.len() >= 8 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{name} is no code");
        let secret = self.name(name);
        self.piece(digits.as_bytes(), secret);
        self.pieces.last_mut().unwrap().is_code = true;
    }

    /// A text about a person, as it is and in capitals and small letters; shorter ones than five octets are not told from chance.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let secret = self.name(name);
        for shape in BTreeSet::from([text.to_owned(), text.to_uppercase(), text.to_lowercase()]) {
            if shape.len() >= 5 {
                self.piece(shape.as_bytes(), secret);
            }
        }
    }

    /// An image: any 24 octets of it in a row. Blocks of 17 octets, one at every eighth, are met by every such run; blocks of
    /// a few values, as every file of the format has them, are left out.
    pub(crate) fn image(&mut self, name: &str, octets: &[u8]) {
        let secret = self.name(name);
        for block in octets.windows(17).step_by(8) {
            if block.iter().collect::<BTreeSet<_>>().len() > 8 {
                self.piece(block, secret);
            }
        }
    }

    /// How many secrets there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The secrets that occur in the octets, plain or in any encoding.
    pub(crate) fn found_in(&self, octets: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for view in views(octets) {
            for (at, start) in view.windows(4).enumerate() {
                if !self.begins[beginning(start)] {
                    continue;
                }
                let pieces = self.by_start.get(start).map(Vec::as_slice).unwrap_or_default();
                let here = pieces.iter().map(|piece| &self.pieces[*piece]);
                let here = here.filter(|piece| piece.is_at(&view, at));
                found.extend(here.map(|piece| self.names[piece.secret].as_str()));
            }
        }
        found
    }

    fn name(&mut self, name: &str) -> usize {
        self.names.push(name.to_owned());
        self.names.len() - 1
    }

    fn piece(&mut self, octets: &[u8], secret: usize) {
        let start = octets[..4].try_into().unwrap();
        self.begins[beginning(octets)] = true;
        self.by_start.entry(start).or_default().push(self.pieces.len());
        self.pieces.push(Piece { octets: octets.to_vec(), secret, is_code: false });
    }
}

fn beginning(octets: &[u8]) -> usize {
    usize::from(octets[0]) << 16 | usize::from(octets[1]) << 8 | usize::from(octets[2])
}
