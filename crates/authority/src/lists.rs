//! Lists of certificates that an authority vouches for towards others.

use sigillo_keystore::KeyLabel;
use sigillo_seal::x509::Certificate;
use sigillo_seal::{MasterList, prepare_master_list};

use crate::error::AuthorityError;
use crate::office::Office;
use crate::register::By;

impl Office<'_> {
    /// Signs a master list; the certificate of the signer's authority goes along.
    ///
    /// Spec: `icao-9303-12#master-list`.
    ///
    /// # Errors
    ///
    /// `pki.no-certificate` of the signer or of whoever issued it, `pki.file`, `seal.…`, `keystore.…`.
    pub fn make_master_list(
        &mut self,
        label: &KeyLabel,
        certificates: &[Certificate],
    ) -> Result<MasterList, AuthorityError> {
        let signer = self.certificate(label)?;
        let authority = self.issuer_of(&signer, label)?;
        let algorithm = self.algorithm(label, signer.public_key()?)?;
        let unsigned = prepare_master_list(certificates, &signer, &authority, self.occasion.now, algorithm)?;
        let numbers = "master lists";
        let newest = self.register.numbers(numbers).next_back().and_then(|number| number.parse::<u64>().ok());
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let number = (newest.unwrap_or(0) + 1).to_string();
        let taken = self.register.take(by, numbers, "master-list", &number)?;
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        let list = unsigned.complete(&signature)?;
        self.register.issue(by, taken, &signer.subject(), "", list.der())?;
        Ok(list)
    }

    /// The certificate of the authority that issued one of ours.
    fn issuer_of(&self, certificate: &Certificate, label: &KeyLabel) -> Result<Certificate, AuthorityError> {
        let mut known = self.certificates()?;
        known.extend_from_slice(self.occasion.keys.csca_certificates());
        let issued = |issuer: &Certificate| certificate.verify_issued_by(issuer).is_ok();
        known
            .into_iter()
            .find(issued)
            .ok_or_else(|| AuthorityError::NoCertificate { label: format!("the issuer of {label}") })
    }
}
