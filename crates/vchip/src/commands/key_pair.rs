//! GENERATE ASYMMETRIC KEY PAIR: the private key is born on the chip and never leaves it. Spec: `iso-7816-8#generate-key-pair`.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_crypto::{Curve, CurvePrivateKey, RsaPrivateKey};
use sigillo_tlv::{encode, single};

use super::execution::{Execution, Outcome, require_parameters};
use crate::access::Access;
use crate::faults::Fault;
use crate::keys::{KeyPair, MAX_PROTOCOLS, PrivateKey, Protocol, curve_footprint, rsa_footprint};
use crate::memory::Change;

/// Makes a key pair in the current DF and answers with the public key; until the lock it may be made again.
///
/// | field | content |
/// |----------|-----------------------------------------------------------------------------------|
/// | command | `AC { 80 01` domain parameters, or `80 02` octets of an RSA modulus in bits; `83 01` key reference, 1 to 254; |
/// | | `06`… content octets of the protocols that the key serves, 1 to 8 `}` |
/// | response | `7F49 { 86` uncompressed point `}`, or `7F49 { 81` modulus, `82` exponent `}` |
pub(super) fn generate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0x80, 0x00)?;
    let df = execution.current_df()?;
    execution.require(df, Access::by(command.head()))?;
    let Requested { kind, reference, protocols } = requested(command.data())
        .filter(|requested| !requested.protocols.is_empty() || execution.has(Fault::KeyServesNothing))
        .ok_or(StatusWord::WrongData)?;
    let named: usize = protocols.iter().map(|protocol| protocol.oid().len()).sum();
    execution.require_room(kind.footprint() + named)?;
    let (key, public) = kind.generate(execution)?;
    execution.commit(Change::KeyGenerated { df, reference, pair: KeyPair { key, protocols } })?;
    Ok(ResponseApdu::new(encode(0x7F49, &public), StatusWord::Success))
}

struct Requested {
    kind: Kind,
    reference: u8,
    protocols: Vec<Protocol>,
}

#[derive(Clone, Copy)]
enum Kind {
    Curve(Curve),
    Rsa { bits: u16 },
}

impl Kind {
    fn footprint(self) -> usize {
        match self {
            Self::Curve(curve) => curve_footprint(curve),
            Self::Rsa { bits } => rsa_footprint(bits.into()),
        }
    }

    fn protocol(self, oid: &[u8]) -> Option<Protocol> {
        match self {
            Self::Curve(_) => Protocol::for_curve(oid),
            Self::Rsa { .. } => Protocol::for_rsa(oid),
        }
    }

    /// The key, and the objects of its public half.
    fn generate(self, execution: &mut Execution<'_>) -> Result<(PrivateKey, Vec<u8>), StatusWord> {
        match self {
            Self::Curve(curve) => {
                let key = CurvePrivateKey::generate(curve, execution.entropy);
                let public = key.public().map_err(|_| StatusWord::NoPreciseDiagnosis)?;
                Ok((PrivateKey::Curve(key), encode(0x86, public.octets())))
            }
            Self::Rsa { bits } => {
                let key = RsaPrivateKey::generate(bits.into(), execution.entropy).map_err(|_| StatusWord::WrongData)?;
                let public = key.public();
                let objects = [encode(0x81, &public.modulus()), encode(0x82, &public.exponent())].concat();
                Ok((PrivateKey::Rsa(Box::new(key)), objects))
            }
        }
    }
}

fn requested(data: &[u8]) -> Option<Requested> {
    let mut reader = single(data, 0xAC).ok()?.reader();
    let kind = match *reader.expect(0x80).ok()?.value {
        [id] => Kind::Curve(Curve::from_parameter_id(id)?),
        [high, low] => Kind::Rsa { bits: u16::from_be_bytes([high, low]) },
        _ => return None,
    };
    let &[reference @ 1..=254] = reader.expect(0x83).ok()?.value else { return None };
    let mut protocols = Vec::new();
    while let Some(oid) = reader.optional(0x06).ok()? {
        let protocol = kind.protocol(oid.value)?;
        if protocols.contains(&protocol) || protocols.len() == MAX_PROTOCOLS {
            return None;
        }
        protocols.push(protocol);
    }
    reader.finish().ok()?;
    Some(Requested { kind, reference, protocols })
}
