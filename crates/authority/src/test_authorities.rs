//! Everything beside the country signing CA that a TEST home needs to form whole chips and to act on them as an office: keys
//! and certificates, all of them marked TEST.

use std::path::Path;

use jiff::civil::DateTime;
use sigillo_crypto::{EcParameters, Entropy};
use sigillo_cvc::{HolderReference, Rights, Role, TerminalType};
use sigillo_keystore::{KeyAct, KeyLabel, KeyRole, Keystore};

use crate::documents::Purpose;
use crate::error::AuthorityError;
use crate::office::{Occasion, Office, Settings};
use crate::terminals::{CvKey, CvTerms};

/// Where and how TEST authorities are made.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever makes them gives all of it")]
pub struct TestAuthorities<'a> {
    /// The folder `pki/` of the home.
    pub folder: &'a Path,
    /// The settings of the home.
    pub settings: &'a Settings,
    /// Explicit parameters as ICAO 9303-12 asks, or the named curve.
    pub parameters: EcParameters,
    /// The moment, UTC.
    pub now: DateTime,
}

/// Makes the keys in the store and the certificates in the folder; in production each of them has a ceremony of its own.
///
/// | key | certificate |
/// |---|---|
/// | `cvca/1`, `dv/1`, `inspection-terminal/1` | `ITTESTCVCA00001` and below it; right: read DG3 |
/// | `cvca/2`, `dv/2`, `office-terminal/1` | `ITTESTOFCA00001` and below it; rights: set codes, activate, terminate |
/// | `eservices-ca/1` | self-signed, kept by the key store too |
/// | `code-encryption/1`, `cip-verifier/1` | none |
///
/// # Errors
///
/// `pki.file`, `keystore.…`, `seal.…`, `cvc.…`; `pki.policy` if some of it exists already.
pub fn make_test_authorities(
    of: TestAuthorities<'_>,
    keys: &mut dyn Keystore,
    entropy: &mut dyn Entropy,
) -> Result<(), AuthorityError> {
    let mut generate = |role| generate(&mut *keys, role, of.now, entropy);
    let branches = [
        Branch {
            terminal_type: TerminalType::InspectionSystem,
            names: ["TESTCVCA", "TESTDV", "TESTIS"],
            keys: [generate(KeyRole::Cvca)?, generate(KeyRole::Dv)?, generate(KeyRole::InspectionTerminal)?],
        },
        Branch {
            terminal_type: TerminalType::Office,
            names: ["TESTOFCA", "TESTOFDV", "TESTOFF"],
            keys: [generate(KeyRole::Cvca)?, generate(KeyRole::Dv)?, generate(KeyRole::OfficeTerminal)?],
        },
    ];
    let services = generate(KeyRole::EservicesCa)?;
    generate(KeyRole::CodeEncryption)?;
    generate(KeyRole::CipVerifier)?;
    let certificate = {
        let TestAuthorities { folder, settings, parameters, now } = of;
        let mut office = Office::open(Occasion { folder, keys, settings, parameters, operator: OPERATOR, now })?;
        branches.iter().try_for_each(|branch| branch.certify(&mut office))?;
        office.create_authority(&services, Purpose::EservicesAuthority)?
    };
    Ok(keys.install_certificate(&services, certificate.der(), 0, of.now.date())?)
}

/// A root, one document verifier and one terminal.
struct Branch {
    terminal_type: TerminalType,
    /// Mnemonics of root, document verifier and terminal.
    names: [&'static str; 3],
    keys: [KeyLabel; 3],
}

impl Branch {
    fn certify(&self, office: &mut Office<'_>) -> Result<(), AuthorityError> {
        let country = office.occasion.settings.country.clone();
        let reference = |name| HolderReference::new(&country, name, "00001");
        let [root, verifier, terminal] = &self.keys;
        let [root_name, verifier_name, terminal_name] = self.names;
        let (root_holder, verifier_holder) = (reference(root_name)?, reference(verifier_name)?);
        office.create_root(root, &root_holder, &self.terms(Role::Cvca))?;
        let request = office.request(CvKey::Stored(verifier), &verifier_holder, Some(&root_holder), None)?;
        office.answer(&request, root, &self.terms(Role::DvDomestic), &[])?;
        let holder = reference(terminal_name)?;
        let request = office.request(CvKey::Stored(terminal), &holder, Some(&verifier_holder), None)?;
        office.answer(&request, verifier, &self.terms(Role::Terminal), &[])?;
        Ok(())
    }

    /// Every right that these terminals can have, but irises, which no permit holds.
    fn terms(&self, role: Role) -> CvTerms {
        let named = Rights::names(&self.terminal_type).iter().filter(|(name, _)| *name != "read-dg4");
        let rights = named.fold(0, |rights, (_, bit)| rights | bit);
        CvTerms { terminal_type: self.terminal_type.clone(), role, rights, until: None }
    }
}

fn generate(
    keys: &mut dyn Keystore,
    role: KeyRole,
    now: DateTime,
    entropy: &mut dyn Entropy,
) -> Result<KeyLabel, AuthorityError> {
    let algorithm = *role.row().algorithms.first().ok_or(AuthorityError::NoKey { role: role.name() })?;
    let custodians = ["test-custodian-1", "test-custodian-2"].map(str::to_owned);
    let act = KeyAct { on: now.date(), by: &custodians };
    Ok(keys.generate(role, None, algorithm, &act, entropy)?.label)
}

/// In whose name the register has it.
const OPERATOR: &str = "init";
