//! The sum of a session's cryptographic primitives: the same calls of `sigillo-crypto`, with operands of the same lengths and
//! nothing around them.

use std::hint::black_box;

use sigillo_apdu::ResponseApdu;
use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, HashAlgorithm, SeededEntropy, aes_cbc, aes_cmac, tdes};
use sigillo_inspect::{Access, ReadOutcome};
use sigillo_secret::{SecretBytes, SymmetricKey};
use sigillo_tlv::Reader;

use crate::clock::seconds;
use crate::crossed::Crossed;
use crate::failure::Failure;

/// What a session did, counted from its octets and from which protocols it ran.
pub(crate) struct Bound {
    pace: Operands,
    chip_authentication: Operands,
    /// Signatures over P-256, and verifications.
    signatures: (u32, u32),
    signer: CurvePrivateKey,
    verifier: CurvePoint,
    signature: Vec<u8>,
    messages: Vec<Protected>,
}

/// A key, another one's point, and the nonce of a mapping.
struct Operands {
    key: CurvePrivateKey,
    other: CurvePoint,
    nonce: SecretBytes,
}

/// One protected command or response.
struct Protected {
    suite: Suite,
    key: SymmetricKey,
    cryptogram: Vec<u8>,
    /// Octets under the checksum, padded.
    covered: Vec<u8>,
}

impl Bound {
    /// Counts.
    pub(crate) fn of(crossed: &[Crossed], outcome: &ReadOutcome) -> Result<Self, Failure> {
        let Some(Access::Pace { info, .. }) = outcome.access else { return Err("the session was not PACE's".into()) };
        let key = outcome.chip_authentication.passed().ok_or("no chip authentication")?;
        let mut suite = info.protocol.suite();
        let mut messages = Vec::new();
        for one in crossed {
            let command = one.command()?;
            let head = command.head();
            if head.cla & 0x0C != 0x0C {
                continue;
            }
            let response = ResponseApdu::decode(&one.response)?;
            messages.push(Protected::of(suite, Some(4), command.data())?);
            messages.push(Protected::of(suite, None, response.data())?);
            // PACE ran before the session; inside it only Chip Authentication sends GENERAL AUTHENTICATE.
            if head.ins == sigillo_apdu::ins::GENERAL_AUTHENTICATE {
                suite = key.protocol.suite();
            }
        }
        let active = u32::from(outcome.active_authentication.passed().is_some());
        let signer = Operands::new(Curve::P256)?.key;
        let signature = signer.sign(HashAlgorithm::Sha256, &MESSAGE)?;
        Ok(Self {
            pace: Operands::new(info.curve().ok_or("no curve")?)?,
            chip_authentication: Operands::new(key.curve)?,
            // Terminal Authentication: the terminal signs; the chip verifies two certificates and that signature.
            signatures: (1 + active, 3 + active),
            verifier: signer.public()?,
            signer,
            signature,
            messages,
        })
    }

    /// How long all of them take.
    pub(crate) fn seconds(&self) -> Result<f64, Failure> {
        seconds(|| {
            for _ in ENDS {
                self.pace.pace()?;
                self.chip_authentication.agree()?;
            }
            // The chip's own key is there already: only the terminal makes one.
            black_box(self.chip_authentication.key.public()?);
            for _ in 0..self.signatures.0 {
                black_box(self.signer.sign(HashAlgorithm::Sha256, black_box(&MESSAGE))?);
            }
            for _ in 0..self.signatures.1 {
                self.verifier.verify(HashAlgorithm::Sha256, black_box(&MESSAGE), &self.signature)?;
            }
            self.messages.iter().try_for_each(Protected::run)
        })
    }
}

impl Operands {
    fn new(curve: Curve) -> Result<Self, Failure> {
        let mut entropy = SeededEntropy::new([0xB7; 32]);
        let key = CurvePrivateKey::generate(curve, &mut entropy);
        let other = CurvePrivateKey::generate(curve, &mut entropy).public()?;
        Ok(Self { key, other, nonce: SecretBytes::new(vec![0x3A; 16]) })
    }

    /// Generic mapping at one end: a key, its agreement, the mapped base point, a key over that, and the last agreement.
    fn pace(&self) -> Result<(), Failure> {
        black_box(self.key.public()?);
        let shared = self.key.agree(black_box(&self.other))?;
        let base = shared.map_generator(&self.nonce)?;
        black_box(self.key.public_over(&base)?);
        self.agree()
    }

    fn agree(&self) -> Result<(), Failure> {
        black_box(self.key.agree(black_box(&self.other))?);
        Ok(())
    }
}

impl Protected {
    /// From the data objects; `header` octets are covered too, in a block of their own.
    fn of(suite: Suite, header: Option<usize>, objects: &[u8]) -> Result<Self, Failure> {
        let block = suite.block_length();
        let padded = |length: usize| if length == 0 { 0 } else { (length / block + 1) * block };
        let (mut cryptogram, mut covered) = (0, 0);
        let mut reader = Reader::new(objects);
        while let Some(object) = reader.next()? {
            match object.tag.number() {
                0x87 => (cryptogram, covered) = (object.value.len() - 1, covered + object.raw.len()),
                0x8E => {}
                _ => covered += object.raw.len(),
            }
        }
        let covered = block + padded(header.unwrap_or(0)) + padded(covered);
        let key = SymmetricKey::new(&[0x4B; 32][..suite.key_length()])?;
        Ok(Self { suite, key, cryptogram: vec![0x5A; cryptogram], covered: vec![0xA5; covered] })
    }

    /// One end encrypts and makes the checksum, the other one makes it again and decrypts.
    fn run(&self) -> Result<(), Failure> {
        let mut data = self.cryptogram.clone();
        for end in ENDS {
            match (self.suite, end) {
                _ if data.is_empty() => {}
                (Suite::TripleDes, Sender) => tdes::cbc_encrypt(&self.key, &[0; 8], &mut data)?,
                (Suite::TripleDes, Receiver) => tdes::cbc_decrypt(&self.key, &[0; 8], &mut data)?,
                (_, end) => {
                    let vector = aes_cbc::encrypt_block(&self.key, [1; 16])?;
                    match end {
                        Sender => aes_cbc::encrypt(&self.key, &vector, &mut data)?,
                        Receiver => aes_cbc::decrypt(&self.key, &vector, &mut data)?,
                    }
                }
            }
            match self.suite {
                Suite::TripleDes => drop(black_box(tdes::retail_mac(&self.key, &[&self.covered])?)),
                _ => drop(black_box(aes_cmac(&self.key, &[&self.covered])?)),
            }
        }
        black_box(data);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum End {
    Sender,
    Receiver,
}

use End::{Receiver, Sender};

const ENDS: [End; 2] = [Sender, Receiver];
/// As long as a certificate's body.
const MESSAGE: [u8; 160] = [0x31; 160];
