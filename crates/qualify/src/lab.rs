//! What the laboratory brings: passwords, certificates, trust anchors, a date.

use std::rc::Rc;

use jiff::civil::Date;
use sigillo_channel::ChannelError;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::pace::Password;
use sigillo_channel::scp03::KeySet;
use sigillo_cvc::{CvCertificate, CvPrivateKey};
use sigillo_lds::mrz::Td1;
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;

use crate::format::{Need, PasswordName};

/// A chain of certificates under a trust point of the chip, and the key of its last one.
pub struct TerminalChain {
    /// From the one that the trust point signed to the terminal's.
    pub certificates: Vec<CvCertificate>,
    /// The terminal's key.
    pub key: Rc<CvPrivateKey>,
}

/// A trust point of the chip, with its private key: of test chips alone.
pub struct Authority {
    /// Its certificate, signed by itself.
    pub certificate: CvCertificate,
    /// Its key.
    pub key: Rc<CvPrivateKey>,
}

/// The key sets by which a chip is personalized before its lock.
#[derive(Debug)]
pub struct PersonalizationKeys {
    /// Of the maker.
    pub transport: KeySet,
    /// Of the line.
    pub formation: KeySet,
}

/// What is known of the chip beside the chip itself.
pub struct Lab {
    /// The day of the test.
    pub today: Date,
    /// Trust anchors for EF.SOD.
    pub anchors: Vec<Certificate>,
    mrz: SecretBytes,
    /// The part of the MRZ that opens a chip.
    information: SecretBytes,
    can: Option<SecretBytes>,
    pin: Option<SecretBytes>,
    puk: Option<SecretBytes>,
    pub(crate) inspection: Option<TerminalChain>,
    pub(crate) office: Option<TerminalChain>,
    pub(crate) authority: Option<Authority>,
    pub(crate) office_authority: Option<Authority>,
    pub(crate) personalization: Option<PersonalizationKeys>,
}

impl Lab {
    /// Begins with what is printed on the document.
    #[must_use]
    pub fn new(mrz: &Td1, today: Date) -> Self {
        Self {
            today,
            anchors: Vec::new(),
            mrz: SecretBytes::new(mrz.lines().concat().into_bytes()),
            information: SecretBytes::new(mrz.mrz_information().into_bytes()),
            can: None,
            pin: None,
            puk: None,
            inspection: None,
            office: None,
            authority: None,
            office_authority: None,
            personalization: None,
        }
    }

    /// Adds the card access number, six digits.
    #[must_use]
    pub fn with_can(self, can: SecretBytes) -> Self {
        Self { can: Some(can), ..self }
    }

    /// Adds the holder's PIN.
    #[must_use]
    pub fn with_pin(self, pin: SecretBytes) -> Self {
        Self { pin: Some(pin), ..self }
    }

    /// Adds the holder's PUK.
    #[must_use]
    pub fn with_puk(self, puk: SecretBytes) -> Self {
        Self { puk: Some(puk), ..self }
    }

    /// Adds an inspection system.
    #[must_use]
    pub fn with_inspection(self, chain: TerminalChain) -> Self {
        Self { inspection: Some(chain), ..self }
    }

    /// Adds a terminal of the issuing office.
    #[must_use]
    pub fn with_office(self, chain: TerminalChain) -> Self {
        Self { office: Some(chain), ..self }
    }

    /// Adds the trust point's own key, under which the certificates of cases are issued.
    #[must_use]
    pub fn with_authority(self, authority: Authority) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Adds the key of the office's trust point.
    #[must_use]
    pub fn with_office_authority(self, authority: Authority) -> Self {
        Self { office_authority: Some(authority), ..self }
    }

    /// Adds the keys of personalization, for chips before their lock.
    #[must_use]
    pub fn with_personalization(self, keys: PersonalizationKeys) -> Self {
        Self { personalization: Some(keys), ..self }
    }

    /// Adds a trust anchor for EF.SOD.
    #[must_use]
    pub fn with_anchor(mut self, anchor: Certificate) -> Self {
        self.anchors.push(anchor);
        self
    }

    /// Whether the laboratory has it.
    pub(crate) fn has(&self, need: Need) -> bool {
        match need {
            Need::Mrz => true,
            Need::Anchor => !self.anchors.is_empty(),
            Need::Can => self.can.is_some(),
            Need::Pin => self.pin.is_some(),
            Need::Puk => self.puk.is_some(),
            Need::Inspection => self.inspection.is_some(),
            Need::Office => self.office.is_some(),
            Need::CvcaKey => self.authority.is_some(),
            Need::OfficeKey => self.office_authority.is_some(),
            // The transport knows.
            Need::SecondChip => true,
        }
    }

    /// Whether a password is known.
    pub(crate) fn knows(&self, name: PasswordName) -> bool {
        name == PasswordName::Mrz || self.digits(name, false).is_some()
    }

    /// The lines of the MRZ without line ends, lent to one closure.
    pub(crate) fn expose_mrz<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.mrz.expose(with)
    }

    /// What opens BAC, or what must not.
    pub(crate) fn mrz_secret(&self, wrong: bool) -> MrzSecret {
        self.information.expose(|information| {
            let mut text = String::from_utf8_lossy(information).into_owned();
            if wrong {
                text = text.chars().map(another).collect();
            }
            MrzSecret::from_mrz_information(&text)
        })
    }

    /// The chip's name in Terminal Authentication after BAC: document number with its check digit.
    pub(crate) fn document_number(&self) -> Vec<u8> {
        // Behind it stand two dates with a check digit each.
        self.information.expose(|octets| octets.get(..octets.len().saturating_sub(14)).unwrap_or_default().to_vec())
    }

    /// A password, or a wrong one; none if the laboratory does not know it.
    pub(crate) fn password(&self, name: PasswordName, wrong: bool) -> Option<Result<Password, ChannelError>> {
        if name == PasswordName::Mrz {
            return Some(Ok(Password::mrz(&self.mrz_secret(wrong))));
        }
        let make = |digits: &str| match name {
            PasswordName::Can => Password::can(digits),
            PasswordName::Pin => Password::pin(digits),
            _ => Password::puk(digits),
        };
        self.digits(name, wrong).map(|digits| digits.expose(|digits| make(&String::from_utf8_lossy(digits))))
    }

    /// The digits of CAN, PIN or PUK, or wrong ones.
    pub(crate) fn digits(&self, name: PasswordName, wrong: bool) -> Option<SecretBytes> {
        let digits = match name {
            PasswordName::Mrz => None,
            PasswordName::Can => self.can.as_ref(),
            PasswordName::Pin => self.pin.as_ref(),
            PasswordName::Puk => self.puk.as_ref(),
        }?;
        Some(digits.expose(|digits| {
            let octets = digits.iter().map(|digit| match digit {
                b'0'..=b'8' if wrong => digit + 1,
                b'9' if wrong => b'0',
                digit => *digit,
            });
            SecretBytes::new(octets.collect())
        }))
    }
}

/// Another letter or digit.
fn another(letter: char) -> char {
    match letter {
        '0'..='8' => char::from(u8::try_from(letter).unwrap_or(b'0') + 1),
        '9' => '0',
        _ => 'X',
    }
}

impl std::fmt::Debug for TerminalChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TerminalChain({} certificates, redacted)", self.certificates.len())
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(redacted)")
    }
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lab({} anchors, redacted)", self.anchors.len())
    }
}
