use sigillo_profile::{Profile, SecretName};

/// What a chip's profile says about its codes; how long they are is decision D6's and stands in the types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CodePolicy {
    /// Wrong PINs in a row until it is blocked.
    pub pin_tries: u8,
    /// Wrong PUKs in all until only the office can help.
    pub puk_tries: u8,
    /// Whether a CAN is made, because PACE takes one. Not at a re-issue: it is printed on the card and stays.
    pub can: bool,
}

impl CodePolicy {
    /// Reads it off a profile's table of secrets; `None` unless the chip has both PIN and PUK, each with its tries.
    #[must_use]
    pub fn of(profile: &Profile) -> Option<Self> {
        let row = |name| profile.secrets.iter().find(|secret| secret.name == name);
        let tries = |name| row(name).and_then(|secret| secret.tries);
        Some(Self {
            pin_tries: tries(SecretName::Pin)?,
            puk_tries: tries(SecretName::Puk)?,
            can: row(SecretName::Can).is_some(),
        })
    }
}
