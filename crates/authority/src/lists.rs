//! Lists of certificates that an authority vouches for towards others.

use const_oid::ObjectIdentifier;
use jiff::civil::Date;
use serde::Deserialize;
use sigillo_keystore::KeyLabel;
use sigillo_seal::x509::Certificate;
use sigillo_seal::{
    Deviation, DeviationDescription, DeviationDocuments, DeviationList, DeviationSigner, MasterList,
    prepare_deviation_list, prepare_master_list,
};

use crate::error::AuthorityError;
use crate::office::Office;
use crate::register::By;

/// A deviation as somebody writes it down.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "the fields of a file")]
pub struct DeviationNote {
    /// Which one: an object identifier below `2.23.136.1.1.7`.
    pub kind: String,
    /// In words.
    pub description: Option<String>,
    /// The MRZ's document class, one or two letters.
    pub document_type: Option<String>,
    /// The key identifier of the document signer, in hexadecimal.
    pub signer: Option<String>,
    /// First and last day of issue.
    pub issued: Option<(Date, Date)>,
    /// The numbers of the documents; none given means all.
    #[serde(default)]
    pub document_numbers: Vec<String>,
}

impl DeviationNote {
    fn read(&self) -> Result<Deviation, AuthorityError> {
        let kind = ObjectIdentifier::new(&self.kind).map_err(|_| AuthorityError::Deviation { field: "kind" })?;
        let signer = self.signer.as_ref().map(|identifier| hex::decode(identifier).map(DeviationSigner::KeyIdentifier));
        Ok(Deviation {
            documents: DeviationDocuments {
                document_type: self.document_type.as_ref().map(|class| format!("{class:<<2}")),
                signer: signer.transpose().map_err(|_| AuthorityError::Deviation { field: "signer" })?,
                issued: self.issued.map(|(first, last)| (first.at(0, 0, 0, 0), last.at(23, 59, 59, 0))),
                document_numbers: self.document_numbers.clone(),
            },
            descriptions: vec![DeviationDescription {
                description: self.description.clone(),
                kind,
                parameters: None,
                national_use: None,
            }],
        })
    }
}

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
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        let list = unsigned.complete(&signature)?;
        self.record(label, &signer, list.der())?;
        Ok(list)
    }

    /// Signs a deviation list.
    ///
    /// Spec: `icao-9303-12#deviation-list`.
    ///
    /// # Errors
    ///
    /// As [`Self::make_master_list`]; `pki.deviation` for a note that says no deviation.
    pub fn make_deviation_list(
        &mut self,
        label: &KeyLabel,
        notes: &[DeviationNote],
    ) -> Result<DeviationList, AuthorityError> {
        let deviations = notes.iter().map(DeviationNote::read).collect::<Result<Vec<_>, _>>()?;
        let signer = self.certificate(label)?;
        let authority = self.issuer_of(&signer, label)?;
        let algorithm = self.algorithm(label, signer.public_key()?)?;
        let unsigned = prepare_deviation_list(&deviations, &signer, &authority, self.occasion.now, algorithm)?;
        let signature = self.sign(label, unsigned.algorithm(), unsigned.to_be_signed())?;
        let list = unsigned.complete(&signature)?;
        self.record(label, &signer, list.der())?;
        Ok(list)
    }

    /// Lists have no number of their own; the register counts them by their signer.
    fn record(&mut self, label: &KeyLabel, signer: &Certificate, list: &[u8]) -> Result<(), AuthorityError> {
        let role = label.role().name();
        let newest = self.register.numbers(role).next_back().and_then(|number| number.parse::<u64>().ok());
        let at = self.moment();
        let by = By { operator: self.occasion.operator, at: &at };
        let taken = self.register.take(by, role, "list", &(newest.unwrap_or(0) + 1).to_string())?;
        self.register.issue(by, taken, &signer.subject(), "", list)
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
