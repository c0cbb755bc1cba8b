//! A small document as a seed: data groups, certificates marked TEST, EF.SOD.

use jiff::civil::{DateTime, date};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SeededEntropy, SignatureAlgorithm};
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::{Dg3, Finger, FingerPosition};
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, Unsigned, country_signer,
    document_signer,
};
use sigillo_seal::{LdsVersion, SealError, SignerCertificate, prepare};
use sigillo_tlv::encode;

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
const MRZ: &[u8; 90] = b"IRUTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";

/// Data groups 1, 2, 3 (with a finger and without), 11, 12 and 14.
pub(crate) fn data_groups(portrait: &[u8], finger: &[u8]) -> Vec<Vec<u8>> {
    let finger = Finger { position: FingerPosition::LeftIndex, wsq: finger.to_vec() };
    let text = |text: &str| Some(text.to_owned());
    vec![
        encode(0x61, &encode(0x5F1F, MRZ)),
        Dg2::portrait(portrait.to_vec()).expect("a portrait of the demo").encode(),
        Dg3::fingers(vec![finger]).expect("a finger of the demo").encode(),
        Dg3::absent(vec![0xA5; 32]).expect("enough octets").encode(),
        Dg11 { full_name: text("ERIKSSON<<ANNA"), birth_place: text("Utopia"), ..Dg11::default() }.encode(),
        Dg12 { issuing_authority: text("Utopia"), endorsements: text("none"), ..Dg12::default() }.encode(),
        encode(0x6E, &[0x31, 0x00]),
    ]
}

/// Certificates and EF.SOD with explicit and with named curve parameters.
pub(crate) fn sealed(groups: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let groups: Vec<(u8, &[u8])> = [1, 2, 3].into_iter().zip(groups.iter().map(Vec::as_slice)).collect();
    let parameters = [EcParameters::Explicit, EcParameters::Named];
    let documents = parameters.map(|parameters| issue(&groups, parameters).expect("a small country can issue"));
    documents.concat()
}

fn issue(groups: &[(u8, &[u8])], parameters: EcParameters) -> Result<Vec<Vec<u8>>, SealError> {
    let mut entropy = SeededEntropy::new([7; 32]);
    let country_key = P256PrivateKey::generate(&mut entropy);
    let signer_key = P256PrivateKey::generate(&mut entropy);
    let country = country_signer(&profile("TEST CSCA", parameters, 16)?, &country_key.public(), ECDSA)?;
    let country = complete(country, &country_key)?;
    let signer = document_signer(&profile("TEST DS", parameters, 11)?, &["IR"], &signer_key.public(), &country, ECDSA)?;
    let signer = complete(signer, &country_key)?;
    let verified = SignerCertificate::verify(signer.clone(), std::slice::from_ref(&country))?;
    let hashed = prepare(groups, LdsVersion::V1_8, HashAlgorithm::Sha256)?;
    let content = hashed.lds().encode();
    let signature = signer_key.sign(HashAlgorithm::Sha256, hashed.to_be_signed()).expect("P-256 signs");
    let seal = hashed.seal(&signature, &verified, day(2026))?;
    Ok(vec![country.der().to_vec(), signer.der().to_vec(), content, seal.ef_sod().to_vec()])
}

fn profile(name: &str, parameters: EcParameters, years: i16) -> Result<CertificateProfile, SealError> {
    Ok(CertificateProfile {
        subject: SubjectName::new(Country::parse("IT", "ITA")?, "Sigillo TEST", None, name)?,
        serial_number: SerialNumber::from_random([0x5E; 16]),
        valid: Period::new(day(2026), day(2026 + years))?,
        private_key_usage: Period::new(day(2026), day(2027))?,
        parameters,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    })
}

fn complete(unsigned: Unsigned<Certificate>, key: &P256PrivateKey) -> Result<Certificate, SealError> {
    let signature = key.sign(HashAlgorithm::Sha256, unsigned.to_be_signed()).expect("P-256 signs");
    unsigned.complete(&signature)
}

fn day(year: i16) -> DateTime {
    date(year, 11, 2).at(0, 0, 0, 0)
}
