//! What a protocol asks for: keys, secrets, trust points and files that must be there together.

use crate::error::ProfileError;
use crate::objects::{KeyKind, KeyPairSpec, ObjectName, SecretName, SecretSpec};
use crate::protocol::Purpose;
use crate::table::{Content, Mechanism, Profile};

impl Profile {
    pub(super) fn check_keys(&self) -> Result<(), ProfileError> {
        for (index, key) in self.key_pairs.iter().enumerate() {
            if !self.is_df(&key.application) {
                return Err(ProfileError::unknown(&key.name, &key.application));
            }
            let clash = |other: &&KeyPairSpec| {
                other.name == key.name || (other.application == key.application && other.reference == key.reference)
            };
            if let Some(twin) = self.key_pairs.get(..index).unwrap_or_default().iter().find(clash) {
                return Err(ProfileError::duplicate(&twin.name, &key.name));
            }
            self.check_key(key)?;
        }
        let proves = self.key_pairs.iter().any(|key| key.serves(Purpose::ActiveAuthentication));
        match self.file_with(Content::DataGroup(15)) {
            Some(file) if !proves => Err(ProfileError::incomplete(&file.name, "a key pair for Active Authentication")),
            _ => Ok(()),
        }
    }

    fn check_key(&self, key: &KeyPairSpec) -> Result<(), ProfileError> {
        let rule = |holds: bool, what| if holds { Ok(()) } else { Err(ProfileError::rule(&key.name, what)) };
        rule((1..=8).contains(&key.protocols.len()), "a key pair serves one to eight protocols")?;
        rule(
            match key.kind {
                KeyKind::Domain(domain) => CURVES.contains(&domain) && key.protocols.iter().all(|one| !one.is_rsa()),
                KeyKind::ModulusBits(bits) => {
                    matches!(bits, 2048 | 3072 | 4096) && key.protocols.iter().all(|one| one.is_rsa())
                }
            },
            "id-AA has modulus_bits 2048, 3072 or 4096, every other protocol a domain that is a curve",
        )?;
        let in_master_file = self.aid(&key.application).is_none();
        for protocol in &key.protocols {
            let beside = |group, name| match self.file_with(Content::DataGroup(group)) {
                Some(file) if file.parent.as_deref() == Some(&key.application) => Ok(()),
                _ => Err(ProfileError::incomplete(&key.name, name)),
            };
            match protocol.purpose() {
                Purpose::Pace => rule(false, "a protocol without a key of the chip")?,
                Purpose::ChipAuthenticationMapping => {
                    rule(in_master_file, "a key of PACE lies in the master file")?;
                    let spoken = self.pace.iter().find(|pace| pace.protocol == *protocol);
                    let same = spoken.is_some_and(|pace| key.kind == KeyKind::Domain(pace.parameters));
                    rule(same, "a key of PACE lies on the curve of a PACE row of its protocol")?;
                }
                Purpose::ChipAuthentication => beside(14, "DG14 in its application")?,
                Purpose::ActiveAuthentication => beside(15, "DG15 in its application")?,
                Purpose::HolderSignature => {
                    rule(!in_master_file && key.reference >= 0x10, "a holder's key is 10 or above, in an application")?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_secrets(&self) -> Result<(), ProfileError> {
        for (index, secret) in self.secrets.iter().enumerate() {
            let name = secret.name.name();
            if !self.is_df(&secret.application) {
                return Err(ProfileError::unknown(name, &secret.application));
            }
            let clash = |other: &&SecretSpec| {
                other.application == secret.application && (other.name == secret.name || other.tag == secret.tag)
            };
            if let Some(twin) = self.secrets.get(..index).unwrap_or_default().iter().find(clash) {
                return Err(ProfileError::duplicate(twin.name.name(), name));
            }
            let counted = matches!(secret.name, SecretName::Pin | SecretName::Puk);
            if counted != secret.tries.is_some_and(|tries| (1..=15).contains(&tries))
                || !counted && secret.tries.is_some()
            {
                return Err(ProfileError::rule(name, "PIN and PUK have tries, 1 to 15, and no other secret has"));
            }
            if secret.name != SecretName::Mrz && self.aid(&secret.application).is_some() {
                return Err(ProfileError::rule(name, "CAN, PIN and PUK lie in the master file"));
            }
        }
        if self.has_password(SecretName::Pin) {
            let needed = [(SecretName::Puk, "the PUK"), (SecretName::Can, "the CAN, which a suspended PIN waits for")];
            for (other, needs) in needed {
                if !self.has_password(other) {
                    return Err(ProfileError::incomplete("pin", needs));
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_objects(&self) -> Result<(), ProfileError> {
        for (index, object) in self.objects.iter().enumerate() {
            let name = object.name.name();
            if !self.is_df(&object.application) {
                return Err(ProfileError::unknown(name, &object.application));
            }
            let mut earlier = self.objects.get(..index).unwrap_or_default().iter();
            if earlier.any(|other| other.name == object.name) {
                return Err(ProfileError::duplicate(name, name));
            }
            if (object.name == ObjectName::CurrentDate) == self.aid(&object.application).is_some() {
                return Err(ProfileError::rule(name, "the date lies in the master file, all else in an application"));
            }
            if object.name == ObjectName::InspectionTrustPoints {
                let file = self.file_with(Content::Cvca);
                if file.is_none_or(|file| file.parent.as_ref() != Some(&object.application) || file.fid != 0x011C) {
                    return Err(ProfileError::incomplete(name, "EF.CVCA, 011C, in their application"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_pace(&self) -> Result<(), ProfileError> {
        for (index, pace) in self.pace.iter().enumerate() {
            let name = pace.protocol.name();
            if !CURVES.contains(&pace.parameters) {
                return Err(ProfileError::rule(name, "parameters: a curve, 12, 13, 15, 16 or 18"));
            }
            if self.pace.get(..index).unwrap_or_default().iter().any(|other| other.protocol == pace.protocol) {
                return Err(ProfileError::duplicate(name, name));
            }
            match pace.protocol.purpose() {
                Purpose::Pace => {}
                Purpose::ChipAuthenticationMapping => {
                    if !self.key_pairs.iter().any(|key| key.protocols.contains(&pace.protocol)) {
                        return Err(ProfileError::incomplete(name, "a key pair of that protocol"));
                    }
                    if !self.lies_in_master_file(Content::CardSecurity, 0x011D) {
                        return Err(ProfileError::incomplete(name, "EF.CardSecurity, 011D, in the master file"));
                    }
                }
                _ => return Err(ProfileError::rule(name, "no protocol of PACE")),
            }
        }
        match (self.pace.first(), self.file_with(Content::CardAccess)) {
            (Some(pace), _) if !self.lies_in_master_file(Content::CardAccess, 0x011C) => {
                Err(ProfileError::incomplete(pace.protocol.name(), "EF.CardAccess, 011C, in the master file"))
            }
            (Some(pace), _) if !self.has_password(SecretName::Mrz) => {
                Err(ProfileError::incomplete(pace.protocol.name(), "the MRZ secret in the master file"))
            }
            (None, Some(file)) => Err(ProfileError::incomplete(&file.name, "a PACE row")),
            _ => Ok(()),
        }
    }

    /// What the environments name must be possible on this chip.
    pub(super) fn check_mechanisms(&self) -> Result<(), ProfileError> {
        for environment in &self.environments {
            let needs = |holds: bool, what| {
                if holds { Ok(()) } else { Err(ProfileError::incomplete(&environment.name, what)) }
            };
            let chip_authentication = self.key_pairs.iter().any(|key| key.serves(Purpose::ChipAuthentication));
            for alternative in &environment.alternatives {
                match alternative.mechanism {
                    Mechanism::Scp03 => {}
                    Mechanism::Bac => needs(self.offers_bac(), "the MRZ secret in an application")?,
                    Mechanism::Pace => {
                        needs(!self.pace.is_empty(), "a PACE row")?;
                        let password = match alternative.reference {
                            1 => SecretName::Mrz,
                            2 => SecretName::Can,
                            3 => SecretName::Pin,
                            _ => SecretName::Puk,
                        };
                        needs(self.has_password(password), "its password in the master file")?;
                    }
                    Mechanism::ChipAuthentication => needs(chip_authentication, "a key pair for Chip Authentication")?,
                    Mechanism::TerminalAuthentication | Mechanism::IssuingOffice => {
                        let trust_points = match alternative.mechanism {
                            Mechanism::IssuingOffice => ObjectName::OfficeTrustPoints,
                            _ => ObjectName::InspectionTrustPoints,
                        };
                        needs(self.has_object(trust_points), "trust points of its terminals")?;
                        needs(self.has_object(ObjectName::CurrentDate), "the current date")?;
                        needs(chip_authentication, "a key pair for Chip Authentication")?;
                        let named = self.has_object(ObjectName::DocumentNumber) || !self.offers_bac();
                        needs(named, "the document number, by which a chip with BAC is named")?;
                    }
                    Mechanism::Holder => needs(self.has_password(SecretName::Pin), "the PIN")?,
                }
            }
        }
        Ok(())
    }

    /// Whether a secret lies in the master file.
    fn has_password(&self, name: SecretName) -> bool {
        self.secrets.iter().any(|secret| secret.name == name && self.aid(&secret.application).is_none())
    }

    fn has_object(&self, name: ObjectName) -> bool {
        self.objects.iter().any(|object| object.name == name)
    }

    fn lies_in_master_file(&self, content: Content, fid: u16) -> bool {
        let is_df = |file: &crate::table::FileSpec| file.parent.as_deref().is_some_and(|df| self.aid(df).is_none());
        self.file_with(content).is_some_and(|file| file.fid == fid && is_df(file))
    }
}

impl KeyPairSpec {
    fn serves(&self, purpose: Purpose) -> bool {
        self.protocols.iter().any(|protocol| protocol.purpose() == purpose)
    }
}

/// Standardized domain parameters that are curves spoken here. Spec: `icao-9303-11#domain-parameters`.
const CURVES: [u8; 5] = [12, 13, 15, 16, 18];
