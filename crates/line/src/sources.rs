//! What a profile wants on the chip that comes neither from the record nor from the chip: the roots of terminals, and a
//! certificate of the holder's key.

use std::path::Path;

use jiff::civil::{Date, DateTime};
use sigillo_authority::{
    AuthorityError, Occasion, Office, Register, TestAuthorities, make_test_authorities, trust_points,
};
use sigillo_codes::CodePolicy;
use sigillo_crypto::{EcParameters, Entropy, PublicKey};
use sigillo_cvc::{CvCertificate, TerminalType, TrustPoint, ef_cvca};
use sigillo_keystore::{KeyRole, Keystore};
use sigillo_perso::ChipKeys;
use sigillo_profile::{CertificateParameters, Check, Content, KeyPairSpec, ObjectName, Profile, Purpose, SecretName};

use crate::error::LineError;
use crate::home::Home;

/// The roots that a chip of the day trusts, and the register of the CA of electronic services while a run certifies.
#[derive(Debug)]
pub(crate) struct Sources {
    inspection: Vec<CvCertificate>,
    office: Vec<CvCertificate>,
    /// Taken while something is certified.
    register: Option<Register>,
}

/// In whose name holders' keys are certified, and when.
#[derive(Clone, Copy)]
pub(crate) struct Certifying<'c> {
    pub(crate) home: &'c Home,
    pub(crate) keys: &'c dyn Keystore,
    pub(crate) operator: &'c str,
    pub(crate) now: DateTime,
}

impl Sources {
    /// Reads what the profile of a home asks for, and says what is missing before a chip is touched.
    ///
    /// # Errors
    ///
    /// `line.without-source`, `line.gate-unavailable`, `pki.…`, `cvc.…`.
    pub(crate) fn open(by: Certifying<'_>) -> Result<Self, LineError> {
        let (profile, pki) = (by.home.profile(), by.home.pki());
        if profile.file_with(Content::CardSecurity).is_some() {
            return Err(LineError::WithoutSource { what: "EF.CardSecurity", how: "no line makes it yet" });
        }
        let roots = |name: ObjectName, of: &TerminalType| {
            if !has_object(profile, name) {
                return Ok(Vec::new());
            }
            let roots = trust_points(&pki, of, by.now.date())?;
            if roots.is_empty() { Err(LineError::WithoutSource { what: name.name(), how: ROOTS }) } else { Ok(roots) }
        };
        let inspection = roots(ObjectName::InspectionTrustPoints, &TerminalType::InspectionSystem)?;
        let office = roots(ObjectName::OfficeTrustPoints, &TerminalType::Office)?;
        let mut register = None;
        if profile.file_with(Content::Certificate).is_some() {
            let office = Office::open(by.occasion(&pki))?;
            let certificate = office.key(KeyRole::EservicesCa, None).and_then(|label| office.certificate(&label));
            certificate.map_err(|_| LineError::WithoutSource { what: "EF.Certificate", how: SERVICES })?;
            register = Some(office.close());
        }
        check_codes(profile, by.keys)?;
        Ok(Self { inspection, office, register })
    }

    /// What a data object of trust points is set to: one value a root, the older one first.
    pub(crate) fn object(&self, name: ObjectName) -> Option<Vec<Vec<u8>>> {
        let roots = match name {
            ObjectName::InspectionTrustPoints => &self.inspection,
            ObjectName::OfficeTrustPoints => &self.office,
            ObjectName::CurrentDate | ObjectName::DocumentNumber => return None,
        };
        Some(roots.iter().map(CvCertificate::content).collect())
    }

    /// EF.CVCA: the names of the roots of inspection systems.
    pub(crate) fn ef_cvca(&self) -> Result<Vec<u8>, LineError> {
        let points = self.inspection.iter().map(TrustPoint::from_certificate).collect::<Result<Vec<_>, _>>();
        Ok(ef_cvca::encode(&points.map_err(AuthorityError::from)?).to_vec())
    }

    /// EF.Certificate: a certificate of the key that the chip generated for its holder, as the stock keeps it.
    pub(crate) fn certify(
        &mut self,
        by: Certifying<'_>,
        chip: &ChipKeys,
        until: Date,
    ) -> Result<Option<Vec<u8>>, LineError> {
        let profile = by.home.profile();
        let Some(pair) = profile.file_with(Content::Certificate).and_then(|_| holders_pair(profile)) else {
            return Ok(None);
        };
        let key = chip.public_key_info(pair)?;
        let key = PublicKey::from_spki_der(&key).map_err(sigillo_keystore::KeystoreError::from)?;
        let folder = by.home.pki();
        let mut office = match self.register.take() {
            Some(register) => Office::take_up(by.occasion(&folder), register),
            None => Office::open(by.occasion(&folder))?,
        };
        let label = office.key(KeyRole::EservicesCa, None)?;
        let certificate = office.certify_holder(&key, &label, until);
        self.register = Some(office.close());
        Ok(Some(certificate?.der().to_vec()))
    }
}

impl<'c> Certifying<'c> {
    fn occasion(&self, folder: &'c Path) -> Occasion<'c> {
        Occasion {
            folder,
            keys: self.keys,
            settings: self.home.pki_settings(),
            parameters: parameters(self.home.profile()),
            operator: self.operator,
            now: self.now,
        }
    }
}

/// Makes the TEST keys and certificates that a home's profile asks for beside those of the seal; `false` if it asks for none.
///
/// # Errors
///
/// `pki.…`, `keystore.…`, `seal.…`, `cvc.…`.
pub fn make_test_sources(
    home: &Home,
    keys: &mut dyn Keystore,
    entropy: &mut dyn Entropy,
    now: DateTime,
) -> Result<bool, LineError> {
    let profile = home.profile();
    let is_asked = has_object(profile, ObjectName::InspectionTrustPoints)
        || has_object(profile, ObjectName::OfficeTrustPoints)
        || profile.file_with(Content::Certificate).is_some()
        || profile.insists_on(Check::Codes);
    if is_asked {
        let folder: &Path = &home.pki();
        let of = TestAuthorities { folder, settings: home.pki_settings(), parameters: parameters(profile), now };
        make_test_authorities(of, keys, entropy)?;
    }
    Ok(is_asked)
}

/// Codes need a chip that has them and the keys of the issuing circuit; a profile that has codes on the chip and waives them has
/// nothing to set them to.
fn check_codes(profile: &Profile, keys: &dyn Keystore) -> Result<(), LineError> {
    if !profile.insists_on(Check::Codes) {
        let code = profile.secrets.iter().find(|secret| secret.name != SecretName::Mrz);
        let how = "its gate waives the codes";
        return code.map_or(Ok(()), |code| Err(LineError::WithoutSource { what: code.name.name(), how }));
    }
    if CodePolicy::of(profile).is_none() {
        return Err(LineError::GateUnavailable(Check::Codes.name()));
    }
    let missing = [KeyRole::CodeEncryption, KeyRole::CipVerifier].into_iter().find(|role| keys.current(*role).is_err());
    missing.map_or(Ok(()), |role| Err(LineError::WithoutSource { what: role.name(), how: CODE_KEYS }))
}

fn has_object(profile: &Profile, name: ObjectName) -> bool {
    profile.objects.iter().any(|object| object.name == name)
}

fn holders_pair(profile: &Profile) -> Option<&KeyPairSpec> {
    let signs = |pair: &&KeyPairSpec| pair.protocols.iter().any(|one| one.purpose() == Purpose::HolderSignature);
    profile.key_pairs.iter().find(signs)
}

fn parameters(profile: &Profile) -> EcParameters {
    match profile.certificate_parameters {
        CertificateParameters::Explicit => EcParameters::Explicit,
        CertificateParameters::Named => EcParameters::Named,
    }
}

const ROOTS: &str = "make the root with `sigillo pki cvca create`, or take it in with `sigillo pki dv install`";
const SERVICES: &str = "make its authority with `sigillo pki eservices create`";
const CODE_KEYS: &str = "the issuing circuit makes it with `sigillo keys generate`";
