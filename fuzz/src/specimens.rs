//! A specimen of the profile with every protocol: a locked chip, all of its secrets, and terminals that it believes.

use std::collections::HashSet;
use std::rc::Rc;

use jiff::civil::date;
use sigillo_channel::pace::{Password, PasswordReference};
use sigillo_profile::{Content, Profile, SecretName, embedded};
use sigillo_specimen::{Specimen, TerminalChain, form};

/// What is known of the chip by whoever knows everything.
pub(crate) struct Kit {
    pub(crate) specimen: Specimen,
    /// The chip as it was given to its holder.
    pub(crate) image: Vec<u8>,
    /// Octets that stand in a file for inspection systems with a right to it.
    closed: HashSet<[u8; WINDOW]>,
    /// Octets that stand in a file which a session opens.
    private: HashSet<[u8; WINDOW]>,
}

/// So many octets in a row are no accident.
const WINDOW: usize = 12;
/// Every octet of an answer begins a window; every so many octets of a file do.
const STRIDE: usize = 5;

thread_local! {
    static KIT: Rc<Kit> = Rc::new(Kit::new());
}

/// The kit of this thread, made once.
pub(crate) fn kit() -> Rc<Kit> {
    KIT.with(Rc::clone)
}

impl Kit {
    fn new() -> Self {
        let profile = embedded("pse-rf-full").expect("a profile of that name is embedded");
        let profile = Profile::parse(profile).expect("it parses");
        let specimen = form(&profile, [0xF2; 32], date(2026, 11, 2)).expect("a specimen");
        let (mut closed, mut private, mut open) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (content, file) in &specimen.files {
            let (windows, stride) = match content {
                Content::DataGroup(3 | 4) => (&mut closed, STRIDE),
                // Keys, algorithms and certificates stand in more than one file.
                Content::DataGroup(1 | 2 | 11 | 12) => (&mut private, STRIDE),
                _ => (&mut open, 1),
            };
            windows.extend(
                file.windows(WINDOW).step_by(stride).filter_map(|window| <[u8; WINDOW]>::try_from(window).ok()),
            );
        }
        // A window of one octet repeated stands anywhere.
        let telling = |window: &[u8; WINDOW]| window.iter().collect::<HashSet<_>>().len() > WINDOW / 2;
        private.retain(|window| telling(window) && !open.contains(window));
        closed.retain(|window| telling(window) && !open.contains(window) && !private.contains(window));
        let image = specimen.chip.image();
        Self { specimen, image, closed, private }
    }

    /// The password as the printed card or the holder gives it.
    pub(crate) fn password(&self, reference: PasswordReference) -> Password {
        let digits = |name, password: fn(&str) -> Result<Password, _>| {
            let code = self.code(name);
            password(std::str::from_utf8(&code).expect("digits")).expect("a code of its length")
        };
        match reference {
            PasswordReference::Mrz => Password::mrz(&self.specimen.mrz_secret()),
            PasswordReference::Can => digits(SecretName::Can, Password::can),
            PasswordReference::Pin => digits(SecretName::Pin, Password::pin),
            _ => digits(SecretName::Puk, Password::puk),
        }
    }

    pub(crate) fn code(&self, name: SecretName) -> Vec<u8> {
        self.specimen.code(name).expect("the profile has every code").expose(<[u8]>::to_vec)
    }

    /// A terminal below the root that the chip trusts.
    pub(crate) fn terminal(&self, office: bool, rights: u8) -> TerminalChain {
        let terminals = if office { &self.specimen.office } else { &self.specimen.inspection };
        terminals.as_ref().expect("the profile has both trust points").chain(rights).expect("a chain")
    }

    /// Whether octets are of a fingerprint.
    pub(crate) fn has_fingers(&self, octets: &[u8]) -> bool {
        stand_in(&self.closed, octets)
    }

    /// Whether octets are of any file that not everybody may read.
    pub(crate) fn has_secrets(&self, octets: &[u8]) -> bool {
        self.has_fingers(octets) || stand_in(&self.private, octets)
    }
}

fn stand_in(windows: &HashSet<[u8; WINDOW]>, octets: &[u8]) -> bool {
    octets.windows(WINDOW).any(|window| windows.contains(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_closed_file_is_recognized() {
        let kit = kit();
        let files = &kit.specimen.files;
        let [fingers, portrait] = [3, 2].map(|group| &files[&Content::DataGroup(group)][2_000..2_032]);
        assert!(kit.has_fingers(fingers) && kit.has_secrets(portrait) && !kit.has_fingers(portrait));
        assert!(!kit.has_secrets(&files[&Content::CardAccess]));
    }
}
