//! Card-verifiable certificates: their form, and what a chip makes of a stranger's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, SeededEntropy};
use sigillo_cvc::issue::{self, Terms};
use sigillo_cvc::{
    CertificateRequest, Chat, ChipState, CvCertificate, CvDate, CvPrivateKey, CvPublicKey, HolderReference, Role,
    RsaScheme, TerminalType, TrustPoint, ef_cvca, import,
};
use sigillo_tlv::Reader;

/// What decodes encodes to the same bytes. A chip that is offered the certificates one after the other imports none that its
/// root or a holder below it did not sign, grants nothing that the root lacks, keeps two trust points of a type, and its
/// date never goes back.
pub(crate) fn cv_certificate(bytes: &[u8]) {
    forms(bytes);
    let pki = &*PKI;
    let mut trust_points = pki.trust_points.clone();
    let mut date = day(26, 1, 15);
    let mut last = None;
    let mut reader = Reader::new(bytes);
    while let Ok(Some(tlv)) = reader.next() {
        forms(tlv.raw);
        let Ok(certificate) = CvCertificate::decode(tlv.raw) else { continue };
        let state = ChipState { trust_points: &trust_points, date };
        let known = state.trust_point(certificate.authority()).map(TrustPoint::authority);
        let Some(issuer) = known.or_else(|| last.clone()) else { continue };
        let Ok(imported) = import(&state, &issuer, &certificate) else { continue };
        assert!(pki.signed.contains(certificate.body()), "a certificate that nobody signed was imported");
        let (role, rights) = (imported.authority.role(), imported.authority.rights().bits());
        assert!(role == Role::Cvca || rights & !issuer.rights().bits() == 0, "rights out of nowhere");
        assert_eq!(imported.authority.terminal_type(), issuer.terminal_type());
        assert!(imported.effect.new_trust_point.is_none() || role == Role::Cvca, "a trust point of no root");
        if let Some(removed) = imported.effect.removed_trust_point {
            trust_points.retain(|point| *point.reference() != removed);
        }
        trust_points.extend(imported.effect.new_trust_point);
        for terminal_type in [TerminalType::InspectionSystem, TerminalType::Office] {
            let of_type = |point: &&TrustPoint| *point.template().terminal_type() == terminal_type;
            assert!(trust_points.iter().filter(of_type).count() <= 2, "three trust points of a type");
        }
        let advanced = imported.effect.new_date.unwrap_or(date);
        assert!(advanced >= date, "the date went back");
        date = advanced;
        let _ = imported.authority.verify(b"challenge", bytes);
        assert_eq!(ef_cvca::decode(&ef_cvca::encode(&trust_points)).map(|listed| listed.is_empty()), Ok(false));
        last = Some(imported.authority);
    }
}

fn forms(bytes: &[u8]) {
    if let Ok(certificate) = CvCertificate::decode(bytes) {
        assert_eq!(certificate.encode(), bytes);
        let _ = TrustPoint::from_certificate(&certificate);
    }
    if let Ok(certificate) = CvCertificate::decode_content(bytes) {
        assert_eq!(certificate.content(), bytes);
    }
    if let Ok(template) = Chat::decode(bytes) {
        assert_eq!(template.encode(), bytes);
    }
    if let Ok(key) = CvPublicKey::decode(bytes) {
        let written = key.encode().expect("every algorithm that is read has an identifier");
        assert_eq!(CvPublicKey::decode(&written), Ok(key));
    }
    if let Ok(request) = CertificateRequest::decode(bytes) {
        assert_eq!(request.encode(), bytes);
    }
    if let Ok(point) = TrustPoint::decode(bytes) {
        let written = point.encode().expect("every algorithm that is read has an identifier");
        assert_eq!(TrustPoint::decode(&written), Ok(point));
    }
    let _ = ef_cvca::decode(bytes);
}

/// Certificates, chains of them, and what is made of them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let pki = &*PKI;
    let mut seeds: Vec<Vec<u8>> = pki.certificates.iter().map(CvCertificate::encode).collect();
    seeds.push(seeds.concat());
    seeds.push(seeds.iter().take(4).rev().flatten().copied().collect());
    let stored = pki.trust_points.iter().filter_map(|point| point.encode().ok());
    seeds.extend(stored);
    seeds.push(ef_cvca::encode(&pki.trust_points).to_vec());
    seeds.extend(pki.certificates.iter().map(|certificate| certificate.template().encode()));
    seeds.extend(pki.certificates.iter().filter_map(|certificate| certificate.public_key().encode().ok()));
    seeds.extend(pki.requests.iter().map(CertificateRequest::encode));
    seeds
}

/// Two roots, on a curve and with RSA, and what they and those below them signed.
struct Pki {
    trust_points: Vec<TrustPoint>,
    certificates: Vec<CvCertificate>,
    signed: BTreeSet<Vec<u8>>,
    requests: Vec<CertificateRequest>,
}

static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let mut entropy = SeededEntropy::new([9; 32]);
    let mut ec =
        || CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key: CurvePrivateKey::generate(Curve::P256, &mut entropy) };
    let (root, successor, verifier, terminal) = (ec(), ec(), ec(), ec());
    let mut rsa = |scheme| CvPrivateKey::Rsa {
        scheme,
        hash: HashAlgorithm::Sha256,
        key: RsaPrivateKey::generate(1024, &mut entropy).expect("an allowed size"),
    };
    let (office, desk) = (rsa(RsaScheme::Pss), rsa(RsaScheme::Pss));
    let inspection = TerminalType::InspectionSystem;
    let made = [
        made("ITCVCA00001", Role::Cvca, &inspection, 1, &root, ("ITCVCA00001", &root)),
        made("ITOFFICE00001", Role::Cvca, &TerminalType::Office, 1, &office, ("ITOFFICE00001", &office)),
        made("ITDVPOL00001", Role::DvDomestic, &inspection, 2, &verifier, ("ITCVCA00001", &root)),
        made("ITISMXP00001", Role::Terminal, &inspection, 3, &terminal, ("ITDVPOL00001", &verifier)),
        made("FRDVPAF00001", Role::DvForeign, &inspection, 2, &verifier, ("ITCVCA00001", &root)),
        made("FRISCDG00001", Role::Terminal, &inspection, 4, &terminal, ("FRDVPAF00001", &verifier)),
        made("ITCVCA00002", Role::Cvca, &inspection, 5, &successor, ("ITCVCA00001", &root)),
        made("ITCVCA00003", Role::Cvca, &inspection, 6, &terminal, ("ITCVCA00002", &successor)),
        made("ITDVPOL00002", Role::DvDomestic, &inspection, 6, &verifier, ("ITCVCA00003", &terminal)),
        made("ITQUEST00001", Role::DvDomestic, &TerminalType::Office, 2, &desk, ("ITOFFICE00001", &office)),
        made("ITROMA00001", Role::Terminal, &TerminalType::Office, 3, &desk, ("ITQUEST00001", &desk)),
    ];
    let request = |key: &CvPrivateKey, entropy: &mut SeededEntropy| {
        CertificateRequest::new(&name("ITDVPOL00003"), Some(&name("ITCVCA00001")), key, entropy).expect("a request")
    };
    let inner = request(&verifier, &mut entropy);
    let outer = inner.clone().countersigned(name("ITDVPOL00001"), &verifier, &mut entropy).expect("a request");
    Pki {
        trust_points: made[..2].iter().map(|root| TrustPoint::from_certificate(root).expect("a root")).collect(),
        signed: made.iter().map(|certificate| certificate.body().to_vec()).collect(),
        certificates: made.to_vec(),
        requests: vec![inner, outer],
    }
});

fn made(
    holder: &str,
    role: Role,
    terminal_type: &TerminalType,
    month: u16,
    key: &CvPrivateKey,
    (issuer, issuer_key): (&str, &CvPrivateKey),
) -> CvCertificate {
    let terms = Terms {
        holder: name(holder),
        template: Chat::new(terminal_type.clone(), role, 3),
        effective: day(26, month, 1),
        expiration: day(if role == Role::Cvca { 30 } else { 26 }, month + 2, 28),
    };
    let public_key = key.public().expect("a key");
    let entropy = &mut SeededEntropy::new([1; 32]);
    issue::issue(terms, public_key, &name(issuer), issuer_key, entropy).expect("a certificate")
}

fn name(text: &str) -> HolderReference {
    HolderReference::decode(text.as_bytes()).expect("a reference")
}

fn day(year: u16, month: u16, day: u8) -> CvDate {
    CvDate::new(2000 + year, u8::try_from(month).unwrap_or_default(), day).expect("a day")
}
