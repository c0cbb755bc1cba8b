//! Which algorithm an `AlgorithmIdentifier` means. Spec: `icao-9303-12#algorithms`, `rfc-5754`, `rfc-4055#pss`.

use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_224, ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_EC_PUBLIC_KEY, ID_MGF_1,
    ID_RSASSA_PSS, RSA_ENCRYPTION, SHA_1_WITH_RSA_ENCRYPTION, SHA_224_WITH_RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION,
    SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use der::asn1::ObjectIdentifier;
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use crate::asn1::{
    self, Algorithm, CONTEXT_0, CONTEXT_1, CONTEXT_2, CONTEXT_3, Der, INTEGER, NULL, SEQUENCE,
    algorithm_without_parameters, element, oid_element,
};
use crate::error::{SealError, SealErrorKind};

/// A hash algorithm of ICAO 9303; parameters absent, or NULL as older signers write.
pub(crate) fn hash_algorithm(algorithm: &Algorithm<'_>) -> Result<HashAlgorithm, SealError> {
    HashAlgorithm::from_oid(algorithm.oid)
        .filter(|_| algorithm.parameters_are_void())
        .ok_or(SealErrorKind::HashAlgorithm.at(algorithm.at))
}

/// How a certificate is signed.
pub(crate) fn certificate_signature_algorithm(algorithm: &Algorithm<'_>) -> Result<SignatureAlgorithm, SealError> {
    if algorithm.oid == ID_RSASSA_PSS {
        return match &algorithm.parameters {
            Some(parameters) if parameters.tag.number() == SEQUENCE => pss(parameters),
            _ => Err(SealErrorKind::SignatureAlgorithm.at(algorithm.at)),
        };
    }
    match OF_ONE_OID.iter().find(|(oid, _)| *oid == algorithm.oid) {
        Some((_, known)) if algorithm.parameters_are_void() => Ok(*known),
        _ => Err(SealErrorKind::SignatureAlgorithm.at(algorithm.at)),
    }
}

/// How a message is signed: as a certificate, or by the algorithm of the key (`rsaEncryption`, or `id-ecPublicKey` against
/// the standards, which the flag says), which leaves the hash to the digest algorithm; the hash must be that of the message
/// digest.
pub(crate) fn message_signature_algorithm(
    algorithm: &Algorithm<'_>,
    hash: HashAlgorithm,
) -> Result<(SignatureAlgorithm, bool), SealError> {
    let of_key = algorithm.oid == ID_EC_PUBLIC_KEY;
    let signature = if algorithm.oid == RSA_ENCRYPTION && algorithm.parameters_are_void() {
        SignatureAlgorithm::RsaPkcs1(hash)
    } else if of_key {
        // Whatever curve the parameters may name: the certificate's is used.
        SignatureAlgorithm::Ecdsa(hash)
    } else {
        certificate_signature_algorithm(algorithm)?
    };
    if signature.hash() == hash {
        Ok((signature, of_key))
    } else {
        Err(SealErrorKind::HashAlgorithmMismatch.at(algorithm.at))
    }
}

/// The `AlgorithmIdentifier` as we write it: ECDSA without parameters, PKCS#1 with NULL, PSS with every field but the trailer.
pub(crate) fn signature_algorithm_identifier(algorithm: SignatureAlgorithm) -> Result<Vec<u8>, SealError> {
    if let SignatureAlgorithm::RsaPss { hash, salt } = algorithm {
        let salt = u8::try_from(salt).ok().filter(|salt| *salt < 0x80).ok_or(SealErrorKind::SignatureAlgorithm)?;
        let hash = element(SEQUENCE, &[&oid_element(&hash.oid()), &element(NULL, &[&[]])]);
        let mask = element(SEQUENCE, &[&oid_element(&ID_MGF_1), &hash]);
        let salt = element(INTEGER, &[&[salt]]);
        let parameters =
            [element(CONTEXT_0, &[&hash]), element(CONTEXT_1, &[&mask]), element(CONTEXT_2, &[&salt])].concat();
        return Ok(element(SEQUENCE, &[&oid_element(&ID_RSASSA_PSS), &element(SEQUENCE, &[&parameters])]));
    }
    let (oid, _) = OF_ONE_OID.iter().find(|(_, known)| *known == algorithm).ok_or(SealErrorKind::SignatureAlgorithm)?;
    Ok(match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => element(SEQUENCE, &[&oid_element(oid), &element(NULL, &[&[]])]),
        _ => algorithm_without_parameters(oid),
    })
}

/// `RSASSA-PSS-params`: every field has a default; both hashes must be the same.
fn pss(parameters: &Tlv<'_>) -> Result<SignatureAlgorithm, SealError> {
    let refused = SealErrorKind::SignatureAlgorithm.at(parameters.at);
    let mut fields = Der::inside(parameters);
    let hash = match fields.optional(CONTEXT_0)? {
        Some(tlv) => hash_algorithm(&asn1::algorithm(Der::inside(&tlv).expect(SEQUENCE)?)?)?,
        None => HashAlgorithm::Sha1,
    };
    let mask_hash = match fields.optional(CONTEXT_1)? {
        Some(tlv) => {
            let mask = asn1::algorithm(Der::inside(&tlv).expect(SEQUENCE)?)?;
            let is_hash = |inner: &Tlv<'_>| mask.oid == ID_MGF_1 && inner.tag.number() == SEQUENCE;
            let inner = mask.parameters.filter(is_hash).ok_or(refused)?;
            hash_algorithm(&asn1::algorithm(inner)?)?
        }
        None => HashAlgorithm::Sha1,
    };
    let salt = match fields.optional(CONTEXT_2)? {
        Some(tlv) => Der::inside(&tlv).short_integer()?,
        None => 20,
    };
    let trailer = match fields.optional(CONTEXT_3)? {
        Some(tlv) => Der::inside(&tlv).small_integer()?,
        None => 1,
    };
    fields.finish()?;
    if mask_hash == hash && trailer == 1 {
        Ok(SignatureAlgorithm::RsaPss { hash, salt: usize::from(salt) })
    } else {
        Err(refused)
    }
}

const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// Signature algorithms that one object identifier says all of.
const OF_ONE_OID: [(ObjectIdentifier, SignatureAlgorithm); 10] = {
    use HashAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1};
    [
        (ECDSA_WITH_SHA_1, Ecdsa(Sha1)),
        (ECDSA_WITH_SHA_224, Ecdsa(Sha224)),
        (ECDSA_WITH_SHA_256, Ecdsa(Sha256)),
        (ECDSA_WITH_SHA_384, Ecdsa(Sha384)),
        (ECDSA_WITH_SHA_512, Ecdsa(Sha512)),
        (SHA_1_WITH_RSA_ENCRYPTION, RsaPkcs1(Sha1)),
        (SHA_224_WITH_RSA_ENCRYPTION, RsaPkcs1(Sha224)),
        (SHA_256_WITH_RSA_ENCRYPTION, RsaPkcs1(Sha256)),
        (SHA_384_WITH_RSA_ENCRYPTION, RsaPkcs1(Sha384)),
        (SHA_512_WITH_RSA_ENCRYPTION, RsaPkcs1(Sha512)),
    ]
};
