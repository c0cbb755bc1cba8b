use std::collections::BTreeMap;

use sigillo_secret::SecretBytes;

/// A part of a stored record that is kept for a time of its own, under a data key of its own (D7).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The holder register: normalized data, portrait, children.
    Register,
    /// What only the line needs: the image of the signature.
    Line,
    /// The fingerprints.
    Fingerprints,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Register, Self::Line, Self::Fingerprints];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Line => "line",
            Self::Fingerprints => "fingerprints",
        }
    }

    /// The part of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// The parts of one record, in clear: in memory only, and wiped when they are dropped.
#[derive(Default)]
pub struct RecordParts(BTreeMap<Part, SecretBytes>);

impl RecordParts {
    /// Puts a part in its place.
    pub fn put(&mut self, part: Part, bytes: SecretBytes) {
        self.0.insert(part, bytes);
    }

    /// The parts that are there.
    pub fn iter(&self) -> impl Iterator<Item = (Part, &SecretBytes)> {
        self.0.iter().map(|(part, bytes)| (*part, bytes))
    }

    /// Lends each part; one that is not there is empty.
    pub(super) fn expose<R>(&self, with: impl FnOnce([&[u8]; 3]) -> R) -> R {
        let nothing = SecretBytes::new(Vec::new());
        let part = |part| self.0.get(&part).unwrap_or(&nothing);
        let (register, line, fingerprints) = (part(Part::Register), part(Part::Line), part(Part::Fingerprints));
        register.expose(|register| line.expose(|line| fingerprints.expose(|fingers| with([register, line, fingers]))))
    }
}

/// Shape only.
impl std::fmt::Debug for RecordParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.keys().map(|part| part.name()).collect();
        write!(f, "RecordParts({})", names.join(", "))
    }
}

impl FromIterator<(Part, SecretBytes)> for RecordParts {
    fn from_iter<I: IntoIterator<Item = (Part, SecretBytes)>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}
