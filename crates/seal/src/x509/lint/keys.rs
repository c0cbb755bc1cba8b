//! Keys and algorithms.

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION};
use sigillo_crypto::{HashAlgorithm, SignatureAlgorithm};
use sigillo_tlv::Tlv;

use super::fields::Fields;
use super::finding::{ALGORITHMS, EC_PARAMETERS, Findings, LIFETIMES};
use super::table::Kind;
use crate::asn1::{BIT_STRING, Der, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, algorithm};
use crate::error::SealError;
use crate::x509::certificate::Certificate;

pub(super) fn check(fields: &Fields<'_>, certificate: &Certificate, kind: Kind, findings: &mut Findings) {
    check_signature(fields, certificate.signature_algorithm(), findings);
    if check_key(&fields.key, findings).is_err() {
        findings.must(ALGORITHMS, "key-malformed", "the public key is not well formed");
    }
    if let (Some(signature), Some(bits)) = (certificate.signature_algorithm(), own_curve_bits(certificate)) {
        let hash_bits = signature.hash().output_length() * 8;
        if kind == Kind::CountrySigner && hash_bits > bits && bits != 521 {
            let text = format!("a hash of {hash_bits} bits is cut to the {bits} bits of the curve");
            findings.should(ALGORITHMS, "hash-longer-than-curve", text);
        }
    }
    check_lifetime(certificate, kind, findings);
}

fn check_signature(fields: &Fields<'_>, known: Option<SignatureAlgorithm>, findings: &mut Findings) {
    match known {
        None => {
            findings.must(ALGORITHMS, "signature-algorithm-unknown", "the signature algorithm is not of the profile")
        }
        Some(signature) => {
            if signature.hash() == HashAlgorithm::Sha1 {
                findings.must(ALGORITHMS, "signature-sha-1", "the certificate is signed over SHA-1");
            }
            let null = fields.signature.parameters.is_some();
            match signature {
                SignatureAlgorithm::Ecdsa(_) if null => {
                    findings.must(ALGORITHMS, "signature-parameters-present", "ECDSA's identifier has parameters");
                }
                SignatureAlgorithm::RsaPkcs1(_) if !null => {
                    findings.must(ALGORITHMS, "signature-parameters-missing", "RSA's identifier lacks its NULL");
                }
                _ => {}
            }
        }
    }
}

fn check_key(key: &Tlv<'_>, findings: &mut Findings) -> Result<(), SealError> {
    let mut parts = Der::inside(key);
    let identifier = algorithm(parts.expect(SEQUENCE)?)?;
    let bits = parts.expect(BIT_STRING)?.value;
    if identifier.oid == RSA_ENCRYPTION {
        let modulus = Der::new(bits.get(1..).unwrap_or_default()).descend(SEQUENCE)?.expect(INTEGER)?.value;
        let octets = modulus.iter().skip_while(|octet| **octet == 0).count();
        if octets < 256 {
            findings.should(ALGORITHMS, "rsa-short", format!("an RSA key of {} bits", octets * 8));
        }
        if identifier.parameters.is_none() {
            findings.must(ALGORITHMS, "rsa-parameters-missing", "the RSA key's identifier lacks its NULL");
        }
    } else if identifier.oid == ID_EC_PUBLIC_KEY {
        if bits.get(1) != Some(&0x04) {
            findings.must(EC_PARAMETERS, "ec-point-compressed", "the point is not in uncompressed form");
        }
        match identifier.parameters {
            Some(parameters) if parameters.tag.number() == SEQUENCE => {
                // version, field, curve, base, order, cofactor
                let mut fields = Der::inside(&parameters);
                let mut count = 0;
                while fields.next()?.is_some() {
                    count += 1;
                }
                if count < 6 {
                    findings.must(EC_PARAMETERS, "ec-cofactor-missing", "the curve parameters lack the cofactor");
                }
            }
            Some(parameters) if parameters.tag.number() == OBJECT_IDENTIFIER => {
                findings.must(EC_PARAMETERS, "ec-named-curve", "the curve is named, its parameters are not described");
            }
            _ => findings.must(EC_PARAMETERS, "ec-implicit-curve", "the curve is neither described nor named"),
        }
    } else {
        findings.must(ALGORITHMS, "key-algorithm-unknown", "the key is neither of an elliptic curve nor of RSA");
    }
    Ok(())
}

/// How long the private key is used: recommendations.
fn check_lifetime(certificate: &Certificate, kind: Kind, findings: &mut Findings) {
    let from = certificate.private_key_usable_from().unwrap_or(certificate.valid().from());
    let Some(until) = certificate.private_key_usable_until() else { return };
    let days = from.until(until).map_or(0, |span| i64::from(span.get_days()));
    match kind {
        Kind::DocumentSigner if days > 93 => {
            findings.should(
                LIFETIMES,
                "key-used-long",
                format!("the signer's key is used for {days} days, not 3 months"),
            );
        }
        Kind::CountrySigner | Kind::Link if days > 5 * 366 + 1 => {
            findings.should(LIFETIMES, "key-used-long", format!("the CSCA's key is used for {days} days, not 5 years"));
        }
        _ => {}
    }
}

fn own_curve_bits(certificate: &Certificate) -> Option<usize> {
    let octets = certificate.public_key().ok()?.point()?.octets().len();
    let bits = (octets - 1) / 2 * 8;
    Some(if bits == 528 { 521 } else { bits })
}
