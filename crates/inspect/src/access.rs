//! Which protocol opens the chip: PACE wherever EF.CardAccess offers it, BAC only where nothing else is offered.

use sigillo_channel::pace::{PaceInfo, PaceMapping};
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_crypto::Curve;

use crate::protocols::is_pace;

/// What the user allows.
///
/// | policy | EF.CardAccess offers PACE | it offers none, or is absent (6A82) |
/// |---|---|---|
/// | `PaceOrBac` | PACE | BAC |
/// | `PaceOnly` | PACE | refused: `inspect.pace-not-offered` |
/// | `BacOnly` | BAC; the file is not read | BAC |
///
/// PACE that fails ends the session under every policy. So does PACE of which no entry is spoken here
/// (`inspect.pace-not-spoken`): the standard sends a terminal to BAC when the file "does not contain parameters for
/// PACE", and this one does; a list of unknown protocols is also what a downgrade would look like.
///
/// Spec: `icao-9303-11#chip-access-procedure`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "two protocols: both, or one of them")]
pub enum AccessPolicy {
    /// PACE where it is offered, else BAC.
    #[default]
    PaceOrBac,
    /// PACE or nothing.
    PaceOnly,
    /// BAC, without a look at what else is offered.
    BacOnly,
}

/// Why neither protocol is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccessRefused {
    /// The policy wants PACE, and the chip offers none.
    PaceNotOffered,
    /// Every entry for PACE names a protocol or domain parameters that are not spoken here.
    PaceNotSpoken,
    /// EF.CardAccess is there and could not be read, so that nobody knows what is offered.
    CardAccessUnreadable,
    /// BAC needs the machine readable zone, and only a card access number was given.
    NoMrz,
}

/// The protocol to begin with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AccessChoice {
    /// PACE with this entry; `name_parameters` where several have the same protocol.
    Pace { info: PaceInfo, name_parameters: bool },
    /// BAC.
    Bac,
}

impl AccessRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PaceNotOffered => "inspect.pace-not-offered",
            Self::PaceNotSpoken => "inspect.pace-not-spoken",
            Self::CardAccessUnreadable => "inspect.card-access-unreadable",
            Self::NoMrz => "inspect.no-mrz",
        }
    }
}

/// Chooses by EF.CardAccess, where the policy lets it be read and the chip has it.
///
/// Among the entries that are spoken the strongest cipher wins, then the mapping (chip authentication, generic,
/// integrated), then the longest field; NIST's curve before the brainpool one of the same length.
pub(crate) fn choose(card_access: Option<&SecurityInfos>, policy: AccessPolicy) -> Result<AccessChoice, AccessRefused> {
    let offered = card_access.is_some_and(|infos| infos.infos().iter().any(is_pace));
    match (policy, card_access) {
        (AccessPolicy::BacOnly, _) => Ok(AccessChoice::Bac),
        (_, Some(infos)) if offered => {
            let spoken = infos.pace().filter(|info| info.curve().is_some());
            let info = spoken.max_by_key(strength).ok_or(AccessRefused::PaceNotSpoken)?;
            let same = infos.pace().filter(|other| other.protocol == info.protocol).count();
            Ok(AccessChoice::Pace { info, name_parameters: same > 1 })
        }
        (AccessPolicy::PaceOnly, _) => Err(AccessRefused::PaceNotOffered),
        (AccessPolicy::PaceOrBac, _) => Ok(AccessChoice::Bac),
    }
}

fn strength(info: &PaceInfo) -> (u8, u8, u16, bool) {
    let suite = match info.protocol.suite() {
        Suite::Aes256 => 3,
        Suite::Aes192 => 2,
        Suite::Aes128 => 1,
        _ => 0,
    };
    let mapping = match info.protocol.mapping() {
        PaceMapping::ChipAuthentication => 2,
        PaceMapping::Generic => 1,
        _ => 0,
    };
    let (bits, is_nist) = match info.curve() {
        Some(Curve::P521) => (521, true),
        Some(Curve::P384) => (384, true),
        Some(Curve::BrainpoolP384r1) => (384, false),
        Some(Curve::P256) => (256, true),
        _ => (256, false),
    };
    (suite, mapping, bits, is_nist)
}

impl std::fmt::Display for AccessRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PaceNotOffered => "the chip offers no PACE, and the policy asks for it",
            Self::PaceNotSpoken => "the chip offers PACE only with protocols or parameters that are not spoken here",
            Self::CardAccessUnreadable => "EF.CardAccess could not be read, and it must be known what it offers",
            Self::NoMrz => "the chip offers BAC alone, which needs the machine readable zone",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigillo_channel::pace::PaceProtocol;
    use sigillo_channel::security_info::SecurityInfo;

    fn pace(mapping: PaceMapping, suite: Suite, id: u8) -> SecurityInfo {
        SecurityInfo::Pace(PaceInfo { protocol: PaceProtocol::ecdh(mapping, suite), parameter_id: Some(id) })
    }

    fn chosen(infos: Vec<SecurityInfo>) -> Result<(String, Option<u8>, bool), AccessRefused> {
        match choose(Some(&SecurityInfos::new(infos)), AccessPolicy::PaceOrBac)? {
            AccessChoice::Bac => Ok(("BAC".into(), None, false)),
            AccessChoice::Pace { info, name_parameters } => {
                Ok((hex::encode_upper(info.protocol.oid()), info.parameter_id, name_parameters))
            }
        }
    }

    #[test]
    fn the_strongest_entry_that_is_spoken() {
        use PaceMapping::{Generic, Integrated};
        let name = |arcs: &str| format!("04007F0007020204{arcs}");
        for (infos, expected) in [
            (vec![pace(Generic, Suite::Aes128, 13)], (name("0202"), Some(13), false)),
            (
                vec![pace(Generic, Suite::Aes128, 18), pace(Integrated, Suite::Aes256, 12)],
                (name("0404"), Some(12), false),
            ),
            (
                vec![pace(Generic, Suite::Aes128, 12), pace(Integrated, Suite::Aes128, 18)],
                (name("0202"), Some(12), false),
            ),
            (vec![pace(Generic, Suite::Aes128, 13), pace(Generic, Suite::Aes128, 12)], (name("0202"), Some(12), true)),
            // Parameters 2 (a prime field) and 11 (224 bits) are not spoken; the second still makes the name needed.
            (vec![pace(Generic, Suite::Aes128, 11), pace(Generic, Suite::Aes128, 15)], (name("0202"), Some(15), true)),
        ] {
            assert_eq!(chosen(infos), Ok(expected));
        }
    }

    /// Only a file without any entry of id-PACE is an offer of BAC.
    #[test]
    fn what_is_not_spoken_is_no_offer_of_bac() {
        // By hand: id-PACE-DH-GM-AES-CBC-CMAC-128 with parameters 0; PACEDomainParameterInfo; PACEInfo of version 1.
        for hex in [
            "3012060A04007F00070202040102020102020100",
            "3014 06 09 04007F000702020402 3007060204010201 00",
            "3012060A04007F0007020204020202010102010C",
        ] {
            let entry = hex::decode(hex.replace(' ', "")).unwrap();
            let infos = vec![SecurityInfo::Unknown(entry)];
            assert_eq!(chosen(infos.clone()), Err(AccessRefused::PaceNotSpoken), "{hex}");
            let infos = SecurityInfos::new(infos);
            assert_eq!(choose(Some(&infos), AccessPolicy::BacOnly), Ok(AccessChoice::Bac));
        }
        assert_eq!(chosen(vec![pace(PaceMapping::Generic, Suite::Aes128, 2)]), Err(AccessRefused::PaceNotSpoken));
        // id-TA alone: no PACE at all.
        let other = SecurityInfo::Unknown(hex::decode("300D06080404007F000702020201 01".replace(' ', "")).unwrap());
        assert_eq!(chosen(vec![other]), Ok(("BAC".into(), None, false)));
        for none in [None, Some(&SecurityInfos::new(Vec::new()))] {
            assert_eq!(choose(none, AccessPolicy::PaceOrBac), Ok(AccessChoice::Bac));
            assert_eq!(choose(none, AccessPolicy::PaceOnly), Err(AccessRefused::PaceNotOffered));
            assert_eq!(choose(none, AccessPolicy::BacOnly), Ok(AccessChoice::Bac));
        }
    }
}
