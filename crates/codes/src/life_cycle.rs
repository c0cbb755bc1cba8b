use crate::error::CodesError;

/// Where a set of codes is: a letter comes out of it at most once (decision D6).
///
/// | state      | `Set`               | `Consume`         | `Print`              | `Lose`          |
/// |------------|---------------------|-------------------|----------------------|-----------------|
/// | `made`     | `set`               | `codes.not-set`   | `codes.not-printing` | `lost`          |
/// | `set`      | `codes.already-set` | `consumed`        | `codes.not-printing` | `lost`          |
/// | `consumed` | `codes.consumed`    | `codes.consumed`  | `printed`            | `lost`          |
/// | `printed`  | `codes.printed`     | `codes.printed`   | `codes.printed`      | `codes.printed` |
/// | `lost`     | `codes.lost`        | `codes.lost`      | `codes.lost`         | `codes.lost`    |
///
/// The ciphertext exists in `made` and `set` alone.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CodesState {
    /// Encrypted and stored; the chip may know them or not.
    Made,
    /// The chip answered that it has them.
    Set,
    /// Deleted in order to be printed; nobody has said yet that the letter came out.
    Consumed,
    /// The letter came out.
    Printed,
    /// No letter came out, and none will: replaced by newer codes, or the printing failed.
    Lost,
}

/// What happens to a set of codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodesEvent {
    /// The chip took them.
    Set,
    /// The ciphertext is taken out in order to be printed.
    Consume,
    /// The printer took the letter, or somebody found it.
    Print,
    /// Newer codes replace them, or the printing failed.
    Lose,
}

impl CodesState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 5] = [Self::Made, Self::Set, Self::Consumed, Self::Printed, Self::Lost];

    /// The one table.
    ///
    /// # Errors
    ///
    /// As the table says.
    pub const fn apply(self, event: CodesEvent) -> Result<Self, CodesError> {
        match (self, event) {
            (Self::Made, CodesEvent::Set) => Ok(Self::Set),
            (Self::Set, CodesEvent::Consume) => Ok(Self::Consumed),
            (Self::Consumed, CodesEvent::Print) => Ok(Self::Printed),
            (Self::Made | Self::Set | Self::Consumed, CodesEvent::Lose) => Ok(Self::Lost),
            (Self::Made, CodesEvent::Consume) => Err(CodesError::NotSet),
            (Self::Made | Self::Set, CodesEvent::Print) => Err(CodesError::NotPrinting),
            (Self::Set, CodesEvent::Set) => Err(CodesError::AlreadySet),
            (Self::Consumed, CodesEvent::Set | CodesEvent::Consume) => Err(CodesError::Consumed),
            (Self::Printed, _) => Err(CodesError::Printed),
            (Self::Lost, _) => Err(CodesError::Lost),
        }
    }

    /// The name in the register.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Set => "set",
            Self::Consumed => "consumed",
            Self::Printed => "printed",
            Self::Lost => "lost",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the ciphertext is still there.
    #[must_use]
    pub const fn has_ciphertext(self) -> bool {
        matches!(self, Self::Made | Self::Set)
    }

    /// Whether a permit with these codes as its newest needs new ones: no letter of it is there or can come out.
    #[must_use]
    pub const fn is_due_for_reissue(self) -> bool {
        matches!(self, Self::Made | Self::Consumed | Self::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand: every state by every event.
    #[test]
    fn the_table_is_the_one_of_the_manual() {
        use CodesEvent::{Consume, Lose, Print, Set};
        let table = [
            ("made", ["set", "codes.not-set", "codes.not-printing", "lost"]),
            ("set", ["codes.already-set", "consumed", "codes.not-printing", "lost"]),
            ("consumed", ["codes.consumed", "codes.consumed", "printed", "lost"]),
            ("printed", ["codes.printed", "codes.printed", "codes.printed", "codes.printed"]),
            ("lost", ["codes.lost", "codes.lost", "codes.lost", "codes.lost"]),
        ];
        assert_eq!(table.map(|(state, _)| CodesState::parse(state)), CodesState::ALL.map(Some));
        for (state, outcomes) in table {
            let state = CodesState::parse(state).expect("it is one");
            let found =
                [Set, Consume, Print, Lose].map(|event| state.apply(event).map_or_else(|e| e.code(), |s| s.name()));
            assert_eq!(found, outcomes, "{state:?}");
        }
        assert_eq!(CodesState::parse("mailed"), None);
    }

    /// A letter can come out of `consumed` alone, and nothing leads there twice.
    #[test]
    fn no_path_prints_twice() {
        use CodesEvent::{Consume, Lose, Print, Set};
        let mut paths = vec![(CodesState::Made, 0_u32)];
        for _ in 0..6 {
            paths = paths
                .into_iter()
                .flat_map(|(state, consumed)| {
                    [Set, Consume, Print, Lose].into_iter().filter_map(move |event| {
                        state.apply(event).ok().map(|next| (next, consumed + u32::from(event == Consume)))
                    })
                })
                .collect();
            assert!(paths.iter().all(|(_, consumed)| *consumed <= 1));
        }
        assert!(paths.is_empty(), "every life ends");
    }
}
