//! Roots, document verifiers and terminals: keys and certificates, and the terminal's end of Terminal Authentication.

use sigillo_channel::terminal_authentication::Binding;
use sigillo_channel::terminal_authentication::terminal::{Progress, begin};
use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, SeededEntropy};
use sigillo_cvc::issue::{Terms, issue, self_signed};
use sigillo_cvc::{Chat, CvCertificate, CvDate, CvPrivateKey, HolderReference, Role, TerminalType};

use crate::host::Host;

/// A holder of a key, and what its certificate says.
pub(crate) struct Holder {
    pub(crate) reference: HolderReference,
    pub(crate) key: CvPrivateKey,
    terms: Terms,
}

/// The terms of a certificate, in the order in which they are written.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    pub(crate) rights: u8,
    pub(crate) days: [&'a str; 2],
}

/// A day, YYMMDD.
pub(crate) fn day(text: &str) -> CvDate {
    let octets: Vec<u8> = text.bytes().map(|digit| digit - b'0').collect();
    CvDate::decode(&octets).unwrap()
}

/// `IT`, a name, and five digits.
pub(crate) fn reference(name: &str) -> HolderReference {
    let (mnemonic, sequence) = name.split_at(name.len() - 5);
    HolderReference::new("IT", mnemonic, sequence).unwrap()
}

pub(crate) fn inspection_root() -> Holder {
    Holder::new(
        &TerminalType::InspectionSystem,
        Wanted { name: "CVCA00001", role: Role::Cvca, rights: 0x03, days: ["260101", "281231"] },
    )
}

pub(crate) fn office_root() -> Holder {
    Holder::new(
        &TerminalType::Office,
        Wanted { name: "OFFICE00001", role: Role::Cvca, rights: 0x07, days: ["260101", "281231"] },
    )
}

impl Holder {
    /// A holder whose key comes from its name.
    pub(crate) fn new(terminal_type: &TerminalType, wanted: Wanted<'_>) -> Self {
        let mut seed = [0; 32];
        seed.iter_mut().zip(wanted.name.bytes()).for_each(|(to, from)| *to = from);
        let key = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new(seed));
        let holder = reference(wanted.name);
        let template = Chat::new(terminal_type.clone(), wanted.role, wanted.rights);
        let [effective, expiration] = wanted.days.map(day);
        Self {
            reference: holder.clone(),
            key: CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key },
            terms: Terms { holder, template, effective, expiration },
        }
    }

    /// The certificate of a first root.
    pub(crate) fn certificate(&self) -> CvCertificate {
        self_signed(self.terms.clone(), &self.key, &mut SeededEntropy::new([1; 32])).unwrap()
    }

    /// The certificate that an issuer gives this holder.
    pub(crate) fn issued_by(&self, issuer: &Self) -> CvCertificate {
        let public = self.key.public().unwrap();
        issue(self.terms.clone(), public, &issuer.reference, &issuer.key, &mut SeededEntropy::new([1; 32])).unwrap()
    }
}

/// A chain below a root, and the terminal at its end.
pub(crate) struct Chain {
    pub(crate) certificates: Vec<CvCertificate>,
    pub(crate) terminal: Holder,
}

/// A domestic document verifier and a terminal, with these rights, valid in November 2026.
pub(crate) fn chain(root: &Holder, terminal_type: &TerminalType, verifier: u8, terminal: u8) -> Chain {
    let days = ["261101", "261130"];
    let dv = Holder::new(terminal_type, Wanted { name: "DV00001", role: Role::DvDomestic, rights: verifier, days });
    let is = Holder::new(terminal_type, Wanted { name: "IS00001", role: Role::Terminal, rights: terminal, days });
    Chain { certificates: vec![dv.issued_by(root), is.issued_by(&dv)], terminal: is }
}

pub(crate) fn inspection(verifier: u8, terminal: u8) -> Chain {
    chain(&inspection_root(), &TerminalType::InspectionSystem, verifier, terminal)
}

pub(crate) fn office(rights: u8) -> Chain {
    chain(&office_root(), &TerminalType::Office, 0x07, rights)
}

impl Host {
    /// Terminal Authentication inside the open session; the status word that refused it otherwise.
    pub(crate) fn authenticate_terminal(&mut self, chain: Chain, id_picc: &[u8], key: &[u8]) -> Result<(), String> {
        let binding = Binding::new(id_picc, key);
        let (mut exchange, mut command) = begin(chain.certificates, binding).unwrap();
        loop {
            let response = self.transmit(&command).unwrap();
            match exchange.answered(&response).map_err(|_| response.status().to_string())? {
                Progress::Next(next, following) => (exchange, command) = (next, following),
                Progress::Sign(challenged) => {
                    let (pending, command) = challenged.sign(&chain.terminal.key, &mut self.entropy).unwrap();
                    let response = self.transmit(&command).unwrap();
                    return pending.finish(&response).map_err(|_| response.status().to_string());
                }
            }
        }
    }
}
