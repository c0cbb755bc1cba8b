//! Files that belong to the chip and not to a holder.

use std::collections::BTreeMap;

use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};
use sigillo_lds::LdsError;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_profile::{Content, FileKind, KeyKind, KeyPairSpec, ObjectName, Profile, Protocol, Purpose};
use sigillo_tlv::{encode, encode_into};

use crate::chip_keys::ChipKeys;
use crate::error::{PersoError, PersoErrorKind};

/// The files that initialization writes, as far as the public keys that they hold are known: EF.ATR/INFO, EF.DIR,
/// EF.CardAccess, DG14 and DG15.
///
/// # Errors
///
/// A code of `crypto` or `perso.chip-keys` for octets that are no public key, or of `lds`.
pub fn chip_files(profile: &Profile, keys: &ChipKeys) -> Result<BTreeMap<Content, Vec<u8>>, PersoError> {
    let mut files = BTreeMap::from([(Content::AtrInfo, atr_info(profile)), (Content::Dir, dir(profile))]);
    if !profile.pace.is_empty() {
        files.insert(Content::CardAccess, SecurityInfos::new(pace_infos(profile)).encode());
    }
    let wanted = |purpose| profile.key_pairs.iter().filter(move |pair| serves(pair, purpose));
    let known = |purpose| wanted(purpose).all(|pair| keys.has(&pair.name));
    if known(Purpose::ChipAuthentication) {
        files.insert(Content::DataGroup(14), dg14(profile, keys)?);
    }
    if known(Purpose::ActiveAuthentication)
        && let Some(pair) = wanted(Purpose::ActiveAuthentication).next()
    {
        let dg15 = Dg15::new(keys.public_key_info(pair)?).map_err(refused)?;
        files.insert(Content::DataGroup(15), dg15.encode());
    }
    files.retain(|content, _| profile.file_with(*content).is_some());
    Ok(files)
}

/// The SecurityInfos of EF.CardSecurity, which the document signer signs: the public key of PACE's chip authentication
/// mapping, whose identifier is that of its domain parameters in EF.CardAccess, and what EF.CardAccess says.
///
/// Spec: `icao-9303-10#ef-card-security`, `icao-9303-11#pace-info`.
///
/// # Errors
///
/// `perso.not-provided` for a key that is not known, and as [`chip_files`].
pub fn card_security_infos(profile: &Profile, keys: &ChipKeys) -> Result<Vec<u8>, PersoError> {
    let mut infos = pace_infos(profile);
    for pair in profile.key_pairs.iter().filter(|pair| serves(pair, Purpose::ChipAuthenticationMapping)) {
        let parameters = match pair.kind {
            KeyKind::Domain(domain) => Some(domain),
            KeyKind::ModulusBits(_) => None,
        };
        infos.push(info(PK_ECDH, &keys.public_key_info(pair)?, parameters));
    }
    Ok(SecurityInfos::new(infos).encode())
}

/// EF.ATR/INFO: the longest command and response, and what else a terminal must know before it sends much.
///
/// | field   | octets                                                                                   |
/// |---------|------------------------------------------------------------------------------------------|
/// | `7F66`  | `02 02` longest command, `02 02` longest response, both whole APDUs                      |
/// | `47`    | `94` selection by name, file identifier and short identifier; `21` octets as data units; |
/// |         | `80` command chaining, `60` more: extended lengths, as said in `7F66`                    |
///
/// Spec: `icao-9303-10#ef-atr-info`, `iso-7816-4#extended-length-information`, `bsi-tr-03110-3#command-chaining`.
#[must_use]
pub fn atr_info(profile: &Profile) -> Vec<u8> {
    let mut lengths = Vec::new();
    encode_into(&mut lengths, 0x02, &profile.max_command.to_be_bytes());
    encode_into(&mut lengths, 0x02, &profile.max_response.to_be_bytes());
    let is_extended = profile.max_command > SHORT_COMMAND || profile.max_response > SHORT_RESPONSE;
    let lengths_of_commands = if is_extended { CHAINING | EXTENDED_LENGTH } else { CHAINING };
    let mut file = encode(0x7F66, &lengths);
    encode_into(&mut file, 0x47, &[SELECTION, DATA_UNITS, lengths_of_commands]);
    file
}

const SHORT_COMMAND: u16 = 261;
const SHORT_RESPONSE: u16 = 258;
const SELECTION: u8 = 0x94;
const DATA_UNITS: u8 = 0x21;
const CHAINING: u8 = 0x80;
const EXTENDED_LENGTH: u8 = 0x60;

/// EF.DIR: one template `61 { 4F AID }` for each application of the profile.
///
/// Spec: `icao-9303-10#ef-dir`.
#[must_use]
pub fn dir(profile: &Profile) -> Vec<u8> {
    let mut out = Vec::new();
    for file in &profile.files {
        if let FileKind::Application { aid } = &file.kind {
            encode_into(&mut out, 0x61, &encode(0x4F, aid));
        }
    }
    out
}

/// DG14: how a terminal authenticates the chip and itself, and what EF.CardAccess says, here under the seal.
///
/// | SecurityInfo                     | when                                                               |
/// |----------------------------------|--------------------------------------------------------------------|
/// | ChipAuthenticationInfo           | for each protocol of each key; with a key identifier if there are several keys |
/// | ChipAuthenticationPublicKeyInfo  | for each key                                                       |
/// | TerminalAuthenticationInfo       | with trust points; EF.CVCA is where it is by default               |
/// | ActiveAuthenticationInfo         | with a key on a curve                                              |
/// | PACEInfo                         | each one of EF.CardAccess                                          |
///
/// Spec: `icao-9303-10#dg14`, `icao-9303-11#ca-security-infos`, `icao-9303-11#security-infos`.
fn dg14(profile: &Profile, keys: &ChipKeys) -> Result<Vec<u8>, PersoError> {
    let mut infos = pace_infos(profile);
    let pairs: Vec<&KeyPairSpec> =
        profile.key_pairs.iter().filter(|pair| serves(pair, Purpose::ChipAuthentication)).collect();
    for pair in &pairs {
        let key_id = (pairs.len() > 1).then_some(pair.reference);
        infos.push(info(PK_ECDH, &keys.public_key_info(pair)?, key_id));
        infos.extend(pair.protocols.iter().map(|protocol| info(protocol.oid(), &VERSION_1, key_id)));
    }
    let trusts = |name| profile.objects.iter().any(|object| object.name == name);
    if trusts(ObjectName::InspectionTrustPoints) || trusts(ObjectName::OfficeTrustPoints) {
        infos.push(info(TERMINAL_AUTHENTICATION, &VERSION_1, None));
    }
    let signs = |protocol: &&Protocol| protocol.purpose() == Purpose::ActiveAuthentication && !protocol.is_rsa();
    for protocol in profile.key_pairs.iter().flat_map(|pair| &pair.protocols).filter(signs) {
        let algorithm = encode(OBJECT_IDENTIFIER, protocol.oid());
        infos.push(info(ACTIVE_AUTHENTICATION, &[VERSION_1.as_slice(), &algorithm].concat(), None));
    }
    Ok(Dg14::new(SecurityInfos::new(infos).encode()).map_err(refused)?.encode())
}

fn pace_infos(profile: &Profile) -> Vec<SecurityInfo> {
    profile.pace.iter().map(|pace| info(pace.protocol.oid(), &VERSION_2, Some(pace.parameters))).collect()
}

/// `SEQUENCE { protocol, requiredData, optionalData }`, where the last is an identifier.
fn info(oid: &[u8], required: &[u8], identifier: Option<u8>) -> SecurityInfo {
    let identifier = identifier.map(|identifier| encode(INTEGER, &[identifier])).unwrap_or_default();
    SecurityInfo::Unknown(encode(SEQUENCE, &[&encode(OBJECT_IDENTIFIER, oid), required, &identifier].concat()))
}

fn serves(pair: &KeyPairSpec, purpose: Purpose) -> bool {
    pair.protocols.iter().any(|protocol| protocol.purpose() == purpose)
}

fn refused(error: LdsError) -> PersoError {
    PersoError::new(PersoErrorKind::DataGroup(error), "chip-files")
}

const SEQUENCE: u32 = 0x30;
const OBJECT_IDENTIFIER: u32 = 0x06;
const INTEGER: u32 = 0x02;
const VERSION_1: [u8; 3] = [0x02, 0x01, 0x01];
const VERSION_2: [u8; 3] = [0x02, 0x01, 0x02];
/// id-PK-ECDH, 0.4.0.127.0.7.2.2.1.2
const PK_ECDH: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02];
/// id-TA, 0.4.0.127.0.7.2.2.2
const TERMINAL_AUTHENTICATION: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02];
/// id-AA, 2.23.136.1.1.5
const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];

#[cfg(test)]
mod tests {
    use sigillo_channel::secure_messaging::Suite;
    use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, SeededEntropy};
    use sigillo_profile::{KeyKind, embedded};

    use super::*;

    fn profile(name: &str) -> Profile {
        Profile::parse(embedded(name).unwrap()).unwrap()
    }

    fn keys(profile: &Profile) -> ChipKeys {
        let (mut entropy, mut keys) = (SeededEntropy::new([4; 32]), ChipKeys::default());
        for pair in &profile.key_pairs {
            let KeyKind::Domain(domain) = pair.kind else { continue };
            let key = CurvePrivateKey::generate(Curve::from_parameter_id(domain).unwrap(), &mut entropy);
            keys.insert(&pair.name, encode(0x86, key.public().unwrap().octets()));
        }
        keys
    }

    fn infos(file: &[u8]) -> SecurityInfos {
        SecurityInfos::decode(Dg14::decode(file).unwrap().security_infos()).unwrap()
    }

    /// What was written by object identifiers, the channel's own decoder reads by their meaning.
    #[test]
    fn a_terminal_finds_every_protocol_of_the_full_profile() {
        let profile = profile("pse-rf-full");
        let keys = keys(&profile);
        let files = chip_files(&profile, &keys).unwrap();
        let dg14 = infos(&files[&Content::DataGroup(14)]);
        let unread: Vec<_> = dg14.infos().iter().filter(|info| matches!(info, SecurityInfo::Unknown(_))).collect();
        assert!(unread.is_empty(), "{unread:?}");
        let mut spoken: Vec<_> =
            dg14.chip_authentication().map(|(protocol, key)| (key, format!("{:?}", protocol.suite()))).collect();
        spoken.sort();
        let suites = [(1, Suite::Aes128), (1, Suite::TripleDes), (2, Suite::Aes256)];
        assert_eq!(spoken, suites.map(|(key, suite)| (Some(key), format!("{suite:?}"))));
        assert!(dg14.chip_authentication_key(Some(1)).is_some() && dg14.chip_authentication_key(Some(2)).is_some());
        assert!(dg14.terminal_authentication());
        assert_eq!(dg14.active_authentication(), Some(HashAlgorithm::Sha256));
        let access = SecurityInfos::decode(&files[&Content::CardAccess]).unwrap();
        assert_eq!((access.infos().len(), access.missing_from(&dg14).count()), (4, 0));
        let security = SecurityInfos::decode(&card_security_infos(&profile, &keys).unwrap()).unwrap();
        assert_eq!(access.missing_from(&security).count(), 0);
        assert!(security.chip_authentication_key(Some(12)).is_some());
        assert!(files.contains_key(&Content::DataGroup(15)));
    }

    #[test]
    fn a_single_key_has_no_identifier_and_nothing_is_said_of_what_is_not_there() {
        let profile = profile("pse-rf-bac");
        assert_eq!(
            chip_files(&profile, &ChipKeys::default()).unwrap().into_keys().collect::<Vec<_>>(),
            [Content::AtrInfo, Content::Dir]
        );
        let files = chip_files(&profile, &keys(&profile)).unwrap();
        assert_eq!(files.keys().copied().collect::<Vec<_>>(), [Content::AtrInfo, Content::Dir, Content::DataGroup(14)]);
        let dg14 = infos(&files[&Content::DataGroup(14)]);
        assert_eq!(dg14.infos().len(), 2);
        assert!(dg14.chip_authentication_key(None).is_some() && !dg14.terminal_authentication());
    }

    #[test]
    fn lengths_and_capabilities() {
        let mut profile = profile("pse-rf-full");
        (profile.max_command, profile.max_response) = (0x0800, 0x0700);
        assert_eq!(hex::encode_upper(atr_info(&profile)), "7F6608020208000202070047039421E0");
        (profile.max_command, profile.max_response) = (261, 258);
        assert_eq!(hex::encode_upper(atr_info(&profile)), "7F660802020105020201024703942180");
    }

    #[test]
    fn octets_that_are_no_key_are_refused() {
        let profile = profile("pse-rf-bac");
        let with = |octets: Vec<u8>| {
            let mut keys = ChipKeys::default();
            keys.insert("chip-authentication", octets);
            chip_files(&profile, &keys).unwrap_err().code()
        };
        assert_eq!(with(vec![]), "perso.chip-keys");
        assert_eq!(with(encode(0x86, &[0x04; 65])), "crypto.public-key-form");
        assert_eq!(with(encode(0x81, &[0x04; 65])), "perso.chip-keys");
    }
}
