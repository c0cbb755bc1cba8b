use std::path::Path;

use sigillo_crypto::{Backend, sha256};
use sigillo_seal::SignerCertificate;
use sigillo_seal::x509::Certificate;

use crate::disk;
use crate::entry::{KeyState, SignerEntry, SignerLimit};
use crate::error::{KeystoreError, KeystoreErrorKind};
use crate::label::KeyLabel;
use crate::register::{Register, Registered};
use crate::role::KeyRole;

/// The certificates of a store's country signing CA and document signers, read and verified.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    /// Oldest generation first; anchors whose key is elsewhere stand before them.
    pub(crate) anchors: Vec<Certificate>,
    pub(crate) signers: Vec<SignerEntry>,
}

impl Certificates {
    pub(crate) fn read(folder: &Path, register: &Register) -> Result<Self, KeystoreError> {
        let anchors = register.anchors.iter().map(|digest| read(&folder.join(anchor_file(digest)), digest));
        let mut anchors = anchors.collect::<Result<Vec<_>, _>>()?;
        for (label, key) in register.keys.iter().filter(|(label, _)| label.role() == KeyRole::Csca) {
            if key.certificate.is_some() {
                anchors.push(Self::of(folder, label, key)?);
            }
        }
        let mut signers = Vec::new();
        for (label, key) in register.keys.iter().filter(|(label, _)| label.role() == KeyRole::DocumentSigner) {
            if let (KeyState::Active, Some(registered)) = (key.entry.state, &key.certificate) {
                let certificate = Self::of(folder, label, key)?;
                signers.push(signer(label, certificate, &anchors, registered.seals.unwrap_or_default())?);
            }
        }
        Ok(Self { anchors, signers })
    }

    /// The same, whose signers' seals are verified by this library before they are released.
    pub(crate) fn verifying_with(mut self, backend: Backend) -> Self {
        let signers = self.signers.into_iter();
        self.signers = signers
            .map(|signer| SignerEntry { certificate: signer.certificate.clone().verifying_with(backend), ..signer })
            .collect();
        self
    }

    /// The certificate of one key.
    pub(crate) fn of(folder: &Path, label: &KeyLabel, key: &Registered) -> Result<Certificate, KeystoreError> {
        let registered = key.certificate.as_ref().ok_or_else(|| KeystoreErrorKind::NoCertificate.at(label))?;
        read(&folder.join(label.file_name("der")), &registered.digest)
    }
}

/// A document signer out of its certificate, whose chain is verified here.
pub(crate) fn signer(
    label: &KeyLabel,
    certificate: Certificate,
    anchors: &[Certificate],
    seals: u64,
) -> Result<SignerEntry, KeystoreError> {
    let certificate = SignerCertificate::verify(certificate, anchors)?;
    let until = certificate.certificate().private_key_usable_until().unwrap_or(certificate.certificate().valid().to());
    Ok(SignerEntry {
        label: label.clone(),
        id: certificate.certificate().key_id(),
        limit: SignerLimit { seals, until: until.date() },
        certificate,
    })
}

/// The file of a trust anchor whose key is elsewhere.
pub(crate) fn anchor_file(digest: &str) -> String {
    format!("anchor-{}.der", digest.get(..16).unwrap_or(digest))
}

fn read(path: &Path, digest: &str) -> Result<Certificate, KeystoreError> {
    let file = disk::read_private(path, MAX_CERTIFICATE)?;
    file.expose(|der| {
        if hex::encode(sha256(der)) != digest {
            return Err(KeystoreErrorKind::Altered.file(&disk::name(path)));
        }
        Ok(Certificate::decode(der)?)
    })
}

const MAX_CERTIFICATE: usize = 0x8000;
