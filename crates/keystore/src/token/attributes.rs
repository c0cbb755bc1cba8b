//! What a role's key may do, as a token's attributes: made so, and judged so by the inventory.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use sigillo_crypto::{Curve, KeyAlgorithm};

use crate::label::KeyLabel;
use crate::role::Purpose;

/// The attributes that decide what a secret or private key may do. What is not listed as `true` is `false`.
const JUDGED: [(AttributeType, &str); 11] = [
    (AttributeType::Sensitive, "CKA_SENSITIVE"),
    (AttributeType::Extractable, "CKA_EXTRACTABLE"),
    (AttributeType::Private, "CKA_PRIVATE"),
    (AttributeType::Sign, "CKA_SIGN"),
    (AttributeType::Verify, "CKA_VERIFY"),
    (AttributeType::Encrypt, "CKA_ENCRYPT"),
    (AttributeType::Decrypt, "CKA_DECRYPT"),
    (AttributeType::Wrap, "CKA_WRAP"),
    (AttributeType::Unwrap, "CKA_UNWRAP"),
    (AttributeType::Derive, "CKA_DERIVE"),
    (AttributeType::SignRecover, "CKA_SIGN_RECOVER"),
];

/// Attributes of a private key.
pub(super) fn private_key(label: &KeyLabel, id: &[u8]) -> Vec<Attribute> {
    let mut attributes = common(label, id);
    attributes.extend(restrictions(label.role().row().purpose, true));
    attributes
}

/// Attributes of a public key; the algorithm's parameters are in it.
pub(super) fn public_key(label: &KeyLabel, id: &[u8], algorithm: KeyAlgorithm) -> Vec<Attribute> {
    let is_signer = label.role().row().purpose == Purpose::Sign;
    let mut attributes = common(label, id);
    attributes.extend([
        Attribute::Private(false),
        Attribute::Verify(is_signer),
        Attribute::Encrypt(false),
        Attribute::Wrap(false),
    ]);
    match (algorithm.curve(), algorithm.rsa_bits()) {
        (Some(curve), _) => attributes.push(Attribute::EcParams(named_curve(curve))),
        (None, bits) => attributes.extend([
            Attribute::ModulusBits((bits.unwrap_or_default() as u64).into()),
            Attribute::PublicExponent(vec![1, 0, 1]),
        ]),
    }
    attributes
}

/// Attributes of an AES-256 key, but its value or length.
pub(super) fn aes_key(label: &KeyLabel, id: &[u8]) -> Vec<Attribute> {
    let mut attributes = common(label, id);
    attributes.extend([Attribute::Class(ObjectClass::SECRET_KEY), Attribute::KeyType(KeyType::AES)]);
    attributes.extend(restrictions(label.role().row().purpose, false));
    attributes
}

/// The parameters of a curve by its name: a DER object identifier.
pub(super) fn named_curve(curve: Curve) -> Vec<u8> {
    let oid = curve.oid();
    // Object identifiers of curves have far less than 128 octets.
    let length = u8::try_from(oid.as_bytes().len()).unwrap_or(u8::MAX);
    [&[0x06, length], oid.as_bytes()].concat()
}

/// The types to be asked of an object before [`faults`] judges it.
pub(super) fn judged() -> Vec<AttributeType> {
    JUDGED.iter().map(|(kind, _)| *kind).collect()
}

/// The names of attributes that are not what the purpose asks for.
pub(super) fn faults(purpose: Purpose, is_pair: bool, found: &[Attribute]) -> Vec<&'static str> {
    let wanted = restrictions(purpose, is_pair);
    let value = |attributes: &[Attribute], kind: AttributeType| {
        attributes.iter().find(|attribute| attribute.attribute_type() == kind).is_some_and(is_true)
    };
    JUDGED.iter().filter(|(kind, _)| value(found, *kind) != value(&wanted, *kind)).map(|(_, name)| *name).collect()
}

fn common(label: &KeyLabel, id: &[u8]) -> Vec<Attribute> {
    vec![
        Attribute::Token(true),
        Attribute::Modifiable(false),
        Attribute::Label(label.to_string().into_bytes()),
        Attribute::Id(id.to_vec()),
    ]
}

/// Every AES key authenticates, if only for its check value.
fn restrictions(purpose: Purpose, is_pair: bool) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(purpose != Purpose::Agree),
        Attribute::Decrypt(purpose == Purpose::Wrap),
        Attribute::Unwrap(false),
        Attribute::Derive(purpose == Purpose::Agree),
    ];
    if is_pair {
        attributes.push(Attribute::SignRecover(false));
    } else {
        attributes.extend([
            Attribute::Encrypt(purpose == Purpose::Wrap),
            Attribute::Wrap(false),
            Attribute::Verify(false),
        ]);
    }
    attributes
}

fn is_true(attribute: &Attribute) -> bool {
    matches!(
        attribute,
        Attribute::Sensitive(true)
            | Attribute::Extractable(true)
            | Attribute::Private(true)
            | Attribute::Sign(true)
            | Attribute::Verify(true)
            | Attribute::Encrypt(true)
            | Attribute::Decrypt(true)
            | Attribute::Wrap(true)
            | Attribute::Unwrap(true)
            | Attribute::Derive(true)
            | Attribute::SignRecover(true)
    )
}
