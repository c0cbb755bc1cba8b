//! Security objects and certificates that are refused, each signed again so that nothing else is wrong with it.

use jiff::civil::{DateTime, date};
use serde_json::{Value, json};
use sigillo_crypto::{EcParameters, HashAlgorithm, P256PrivateKey, SignatureAlgorithm, sha256};
use sigillo_seal::x509::{
    Certificate, CertificateProfile, Country, Period, SerialNumber, SubjectName, country_signer, document_signer,
};
use sigillo_seal::{LdsVersion, SealError, SignerCertificate, prepare};
use sigillo_tlv::encode;
use sigillo_vectors::{Folder, NoteKind};

use super::keys::{sign, test_key};
use crate::vectors::der::Node;
use crate::vectors::maker::{Made, Maker, bytes, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "sod/sod-refusals.json",
        "sod_verify.v1",
        &[("icao-9303-10", "8", "4.6.2"), ("icao-9303-12", "8", "7.1"), ("rfc-5652", "2009", "5")],
        &[
            ("Seal", NoteKind::Basic, "A seal of our own, in both forms of curve parameters."),
            ("Message", NoteKind::Malformed, "A CMS message that ICAO 9303-10 does not allow."),
            (
                "Content",
                NoteKind::Malformed,
                "An LDS security object that contradicts itself, under a right signature.",
            ),
            ("Chain", NoteKind::Tampered, "A certificate that may not do what it does, under a right signature."),
            ("Certificate", NoteKind::Malformed, "Octets that are no certificate of use."),
        ],
    )
    .without_foreign_source("the EF.SODs that asn1crypto made are in sod/verify.json; these are further damaged forms");
    suite.group(own());
    let country = Issuer::new(EcParameters::Explicit)?;
    for (title, parameters) in [("explicit parameters", EcParameters::Explicit), ("a named curve", EcParameters::Named)]
    {
        let issuer = Issuer::new(parameters)?;
        let input = issuer.case(&mut suite, &issuer.ef_sod()?, &issuer.csca);
        suite.accept(title, "Seal", "sod.verify", input);
    }
    messages(&mut suite, &country)?;
    contents(&mut suite, &country)?;
    chains(&mut suite, &country)?;
    certificates(&mut suite, &country)?;
    Ok(vec![suite.finish()?])
}

/// CSCA and document signer of the tests; the keys come from seeds that stand here.
struct Issuer {
    csca_key: P256PrivateKey,
    csca: Certificate,
    signer_key: P256PrivateKey,
    signer: Certificate,
}

/// Where things stand below EF.SOD.
const SIGNED_DATA: [usize; 3] = [0, 1, 0];
const SIGNER: usize = 4;

impl Issuer {
    fn new(parameters: EcParameters) -> Made<Self> {
        let (csca_key, signer_key) = (test_key(0xC5), test_key(0xD5));
        let csca = country_signer(&certificate("TEST CSCA", parameters, 0xC5, 16)?, &csca_key.public(), ECDSA)
            .map_err(text)?;
        let signature = sign(&csca_key, csca.to_be_signed())?;
        let csca = csca.complete(&signature).map_err(text)?;
        let unsigned = certificate("TEST DS 1", parameters, 0xD5, 11)?;
        let unsigned = document_signer(&unsigned, &["IR"], &signer_key.public(), &csca, ECDSA).map_err(text)?;
        let signature = sign(&csca_key, unsigned.to_be_signed())?;
        let signer = unsigned.complete(&signature).map_err(text)?;
        Ok(Self { csca_key, csca, signer_key, signer })
    }

    fn ef_sod(&self) -> Made<Vec<u8>> {
        let groups = groups();
        let groups: Vec<(u8, &[u8])> = groups.iter().map(|(number, file)| (*number, file.as_slice())).collect();
        let hashed = prepare(&groups, LdsVersion::V1_8, HashAlgorithm::Sha256).map_err(text)?;
        let signature = sign(&self.signer_key, hashed.to_be_signed())?;
        let verified =
            SignerCertificate::verify(self.signer.clone(), std::slice::from_ref(&self.csca)).map_err(text)?;
        Ok(hashed.seal(&signature, &verified, now()).map_err(text)?.ef_sod().to_vec())
    }

    fn tree(&self) -> Made<Node> {
        Node::read(&self.ef_sod()?)
    }

    /// The digest of the content and the signature over the attributes, made anew.
    fn signed(&self, mut sod: Node) -> Made<Vec<u8>> {
        let message = sod.at(&SIGNED_DATA)?;
        let digest = sha256(&message.at(&[2, 1, 0])?.value);
        let attributes = message.at(&[SIGNER, 0, 3])?;
        for attribute in &mut attributes.children {
            if let Some(value) = attribute.at(&[1, 0]).ok().filter(|value| value.tag == 0x04) {
                value.value = digest.to_vec();
            }
        }
        let to_be_signed = Node { tag: 0x31, ..attributes.clone() }.write();
        message.at(&[SIGNER, 0, 5])?.value = sign(&self.signer_key, &to_be_signed)?;
        Ok(sod.write())
    }

    /// A certificate with its signature made anew by the CSCA.
    fn certified(&self, mut certificate: Node) -> Made<Vec<u8>> {
        let signature = sign(&self.csca_key, &certificate.at(&[0])?.write())?;
        certificate.at(&[2])?.value = [vec![0], signature].concat();
        Ok(certificate.write())
    }

    /// The seal with another document signer's certificate in it.
    fn with_signer(&self, certificate: &[u8]) -> Made<Vec<u8>> {
        let mut sod = self.tree()?;
        *sod.at(&[0, 1, 0, 3, 0])? = Node::read(certificate)?;
        self.signed(sod)
    }

    fn case(&self, suite: &mut Maker<'_>, ef_sod: &[u8], anchor: &Certificate) -> Value {
        self.case_with(suite, ef_sod, anchor.der())
    }

    fn case_with(&self, suite: &mut Maker<'_>, ef_sod: &[u8], anchor: &[u8]) -> Value {
        let files: Vec<Value> =
            groups().iter().map(|(number, file)| json!({ "number": number, "content": suite.octets(file) })).collect();
        json!({ "ef_sod": suite.octets(ef_sod), "trust": [suite.octets(anchor)], "groups": files, "now": "2026-11-02" })
    }

    fn reject(&self, suite: &mut Maker<'_>, title: &str, flag: &str, ef_sod: &[u8], code: &str) -> Made {
        let input = self.case(suite, ef_sod, &self.csca);
        suite.reject(title, flag, "sod.verify", input, code);
        Ok(())
    }
}

fn messages(suite: &mut Maker<'_>, issuer: &Issuer) -> Made {
    let whole = issuer.ef_sod()?;
    let changed = |change: &dyn Fn(&mut Node) -> Made| -> Made<Vec<u8>> {
        let mut sod = issuer.tree()?;
        change(sod.at(&SIGNED_DATA)?)?;
        issuer.signed(sod)
    };
    let mut other_message = issuer.tree()?;
    other_message.at(&[0, 0])?.value = bytes("2A864886F70D010701")?;
    let cut = whole.get(..whole.len() - 1).unwrap_or_default().to_vec();
    for (title, ef_sod, code) in [
        ("one octet short", cut, "seal.der"),
        ("data instead of signed data", other_message.write(), "seal.not-signed-data"),
        ("CMS version 9", changed(&|message| set(message, &[0], &[9]))?, "seal.cms-version"),
        (
            "signer information of version 2",
            changed(&|message| set(message, &[SIGNER, 0, 0], &[2]))?,
            "seal.cms-version",
        ),
        (
            "a digest algorithm that is none",
            changed(&|message| set(message, &[1, 0, 0], &[0x2A]))?,
            "seal.hash-algorithm",
        ),
        (
            "MD5",
            changed(&|message| set(message, &[SIGNER, 0, 2, 0], &bytes("2A864886F70D0205")?))?,
            "seal.hash-algorithm",
        ),
        (
            "another hash in the signature algorithm than in the digest",
            changed(&|message| set(message, &[SIGNER, 0, 4, 0], &bytes("2A8648CE3D040303")?))?,
            "seal.hash-algorithm-mismatch",
        ),
        ("no signer", changed_unsigned(issuer, &|message| drop_child(message, &[SIGNER], 0))?, "seal.signer-count"),
        ("two signers", changed(&|message| twice(message, &[SIGNER], 0))?, "seal.signer-count"),
        (
            "no certificate",
            changed_unsigned(issuer, &|message| drop_child(message, &[3], 0))?,
            "seal.signer-certificate",
        ),
        (
            "a number among the certificates",
            changed(&|message| set_node(message, &[3, 0], Node::leaf(0x02, &[1])))?,
            "seal.certificates",
        ),
        (
            "no content type among the attributes",
            changed(&|message| drop_child(message, &[SIGNER, 0, 3], 0))?,
            "seal.signed-attributes",
        ),
        ("an attribute twice", changed(&|message| twice(message, &[SIGNER, 0, 3], 0))?, "seal.signed-attributes"),
        (
            "a signature algorithm that is none",
            changed(&|message| set(message, &[SIGNER, 0, 4, 0], &[0x2A, 0x03]))?,
            "seal.signature-algorithm",
        ),
        ("a version in two octets", changed(&|message| set(message, &[0], &[0, 3]))?, "seal.der-value"),
    ] {
        issuer.reject(suite, title, "Message", &ef_sod, code)?;
    }
    let large = encode(0x77, &vec![0; 0x1_0000]);
    issuer.reject(suite, "65 536 octets", "Message", &large, "seal.too-large")
}

fn contents(suite: &mut Maker<'_>, issuer: &Issuer) -> Made {
    let changed = |change: &dyn Fn(&mut Node) -> Made| -> Made<Vec<u8>> {
        let mut sod = issuer.tree()?;
        let content = sod.at(&[0, 1, 0, 2, 1, 0])?;
        let mut object = Node::read(&content.value)?;
        change(&mut object)?;
        content.value = object.write();
        issuer.signed(sod)
    };
    for (title, ef_sod, code) in [
        ("version 0 with an LDS version", changed(&|object| set(object, &[0], &[0]))?, "seal.lds-version"),
        ("LDS 1.7 in a version", changed(&|object| set(object, &[3, 0], b"0107"))?, "seal.lds-version"),
        ("letters in the LDS version", changed(&|object| set(object, &[3, 0], b"01.8"))?, "seal.der-value"),
        ("SHA-1", changed(&|object| set(object, &[1, 0], &bytes("2B0E03021A")?))?, "seal.hash-length"),
        (
            "one data group",
            changed(&|object| {
                drop_child(object, &[2], 0)?;
                drop_child(object, &[2], 0)
            })?,
            "seal.group-count",
        ),
        ("data group 17", changed(&|object| set(object, &[2, 2, 0], &[17]))?, "seal.group-number"),
        ("data group 2 twice", changed(&|object| twice(object, &[2], 1))?, "seal.group-duplicate"),
        ("a hash of 31 octets", changed(&|object| set(object, &[2, 1, 1], &[0; 31]))?, "seal.hash-length"),
        ("another hash of data group 2", changed(&|object| set(object, &[2, 1, 1], &[0; 32]))?, "seal.hash-mismatch"),
        ("no hash of data group 14", changed(&|object| drop_child(object, &[2], 2))?, "seal.group-missing"),
    ] {
        issuer.reject(suite, title, "Content", &ef_sod, code)?;
    }
    Ok(())
}

fn chains(suite: &mut Maker<'_>, issuer: &Issuer) -> Made {
    let signer = |change: &dyn Fn(&mut Node) -> Made| -> Made<Vec<u8>> {
        let mut certificate = Node::read(issuer.signer.der())?;
        change(&mut certificate)?;
        issuer.with_signer(&issuer.certified(certificate)?)
    };
    let authority = extension("551D13", true, &bytes("30030101FF")?);
    let unknown = extension("2A0304", true, &[0x05, 0x00]);
    let broken = extension("551D0F", true, &[0x04, 0x00]);
    for (title, ef_sod, code) in [
        (
            "a document signer that is a CA",
            signer(&|c| add_extension(c, authority.clone()))?,
            "seal.signer-is-authority",
        ),
        (
            "a document signer that signs certificates",
            signer(&|c| replace_extension(c, "551D0F", &bytes("03020106")?))?,
            "seal.signer-key-usage",
        ),
        (
            "a critical extension that nobody knows",
            signer(&|c| add_extension(c, unknown.clone()))?,
            "seal.critical-extension",
        ),
        (
            "an extension that is none",
            signer(&|c| {
                remove_extension(c, "551D0F")?;
                add_extension(c, broken.clone())
            })?,
            "seal.extension",
        ),
        (
            "a document signer for passports",
            signer(&|c| replace_extension(c, "67810801010602", &bytes("30080201003103130150")?))?,
            "seal.document-type",
        ),
        (
            "a document signer of last year",
            signer(&|c| set(c, &[0, 4, 1], b"251101235959Z").and_then(|()| set(c, &[0, 4, 0], b"241101000000Z")))?,
            "seal.chain-expired",
        ),
        (
            "a document signer of next year",
            signer(&|c| set(c, &[0, 4, 0], b"271101000000Z"))?,
            "seal.chain-not-yet-valid",
        ),
        (
            "a document signer that ends before it begins",
            signer(&|c| set(c, &[0, 4, 1], b"251101235959Z"))?,
            "seal.period",
        ),
    ] {
        issuer.reject(suite, title, "Chain", &ef_sod, code)?;
    }
    let mut forged = Node::read(issuer.signer.der())?;
    let signature = sign(&issuer.signer_key, &forged.at(&[0])?.write())?;
    forged.at(&[2])?.value = [vec![0], signature].concat();
    issuer.reject(
        suite,
        "a document signer that signed itself",
        "Chain",
        &issuer.with_signer(&forged.write())?,
        "seal.chain-signature",
    )?;
    let ef_sod = issuer.ef_sod()?;
    let anchor = |change: &dyn Fn(&mut Node) -> Made| -> Made<Vec<u8>> {
        let mut certificate = Node::read(issuer.csca.der())?;
        change(&mut certificate)?;
        issuer.certified(certificate)
    };
    for (title, anchor, code) in [
        ("an anchor that is no CA", anchor(&|c| remove_extension(c, "551D13"))?, "seal.issuer-not-authority"),
        (
            "an anchor that signs no certificates",
            anchor(&|c| replace_extension(c, "551D0F", &bytes("03020780")?))?,
            "seal.issuer-key-usage",
        ),
        (
            "an anchor of another key identifier",
            anchor(&|c| replace_extension(c, "551D0E", &bytes("0401AA")?))?,
            "seal.chain-unknown-issuer",
        ),
    ] {
        let input = issuer.case_with(suite, &ef_sod, &anchor);
        suite.reject(title, "Chain", "sod.verify", input, code);
    }
    Ok(())
}

fn certificates(suite: &mut Maker<'_>, issuer: &Issuer) -> Made {
    let input = json!({ "content": suite.octets(issuer.csca.der()) });
    suite.accept("a CSCA certificate", "Seal", "certificate.decode", input);
    let changed = |change: &dyn Fn(&mut Node) -> Made| -> Made<Vec<u8>> {
        let mut certificate = Node::read(issuer.csca.der())?;
        change(&mut certificate)?;
        Ok(certificate.write())
    };
    for (title, content, code) in [
        ("version 1", changed(&|c| drop_child(c, &[0], 0))?, "seal.certificate"),
        ("version 2", changed(&|c| set(c, &[0, 0, 0], &[1]))?, "seal.certificate"),
        (
            "another algorithm inside than outside",
            changed(&|c| set(c, &[1, 0], &[0x2A, 0x03]))?,
            "seal.signature-algorithm",
        ),
        (
            "a key on another curve",
            changed(&|c| set_node(c, &[0, 6, 0, 1], Node::leaf(0x06, &[0x2B, 0x81, 0x04, 0, 0x22])))?,
            "seal.public-key",
        ),
        ("a serial number of 22 octets", changed(&|c| set(c, &[0, 1], &[1; 22]))?, "seal.der-value"),
        ("unused bits in the signature", changed(&|c| set(c, &[2], &[1, 0x30]))?, "seal.der-value"),
        ("no octets", Vec::new(), "seal.der"),
    ] {
        let input = json!({ "content": suite.octets(&content) });
        suite.reject(title, "Certificate", "certificate.decode", input, code);
    }
    Ok(())
}

fn changed_unsigned(issuer: &Issuer, change: &dyn Fn(&mut Node) -> Made) -> Made<Vec<u8>> {
    let mut sod = issuer.tree()?;
    change(sod.at(&SIGNED_DATA)?)?;
    Ok(sod.write())
}

fn set(node: &mut Node, path: &[usize], value: &[u8]) -> Made {
    node.at(path)?.value = value.to_vec();
    Ok(())
}

fn set_node(node: &mut Node, path: &[usize], with: Node) -> Made {
    *node.at(path)? = with;
    Ok(())
}

fn drop_child(node: &mut Node, path: &[usize], child: usize) -> Made {
    node.at(path)?.children.remove(child);
    Ok(())
}

fn twice(node: &mut Node, path: &[usize], child: usize) -> Made {
    let again = node.at(path)?.at(&[child])?.clone();
    node.at(path)?.children.insert(child + 1, again);
    Ok(())
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> Node {
    let mut children = vec![Node::leaf(0x06, &hex::decode(oid).unwrap_or_default())];
    if critical {
        children.push(Node::leaf(0x01, &[0xFF]));
    }
    children.push(Node::leaf(0x04, value));
    Node { tag: 0x30, value: Vec::new(), children }
}

fn extensions(certificate: &mut Node) -> Made<&mut Vec<Node>> {
    Ok(&mut certificate.at(&[0, 7, 0])?.children)
}

fn add_extension(certificate: &mut Node, extension: Node) -> Made {
    extensions(certificate)?.push(extension);
    Ok(())
}

fn remove_extension(certificate: &mut Node, oid: &str) -> Made {
    let oid = bytes(oid)?;
    extensions(certificate)?.retain(|extension| extension.children.first().is_none_or(|found| found.value != oid));
    Ok(())
}

fn replace_extension(certificate: &mut Node, oid: &str, value: &[u8]) -> Made {
    let oid = bytes(oid)?;
    let all = extensions(certificate)?;
    let extension = all.iter_mut().find(|extension| extension.children.first().is_some_and(|found| found.value == oid));
    let extension = extension.and_then(|extension| extension.children.last_mut()).ok_or("no such extension")?;
    extension.value = value.to_vec();
    Ok(())
}

/// DG1 of a permit, and two groups of the right tags.
pub(super) fn groups() -> Vec<(u8, Vec<u8>)> {
    let mrz = b"IRUTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    vec![(1, encode(0x61, &encode(0x5F1F, mrz))), (2, encode(0x75, &[0x5A; 40])), (14, encode(0x6E, &[0x31, 0x00]))]
}

pub(super) fn certificate(name: &str, parameters: EcParameters, serial: u8, years: i16) -> Made<CertificateProfile> {
    let from = date(2026, 11, 1).at(0, 0, 0, 0);
    let usage = if years > 12 { 5 } else { 1 };
    let country = Country::parse("IT", "ITA").map_err(text)?;
    Ok(CertificateProfile {
        subject: SubjectName::new(country, "Sigillo TEST", None, name).map_err(text)?,
        serial_number: SerialNumber::from_random([serial; 16]),
        valid: Period::new(from, date(2026 + years, 11, 1).at(23, 59, 59, 0)).map_err(text)?,
        private_key_usage: Period::new(from, date(2026 + usage, 2, 1).at(23, 59, 59, 0)).map_err(text)?,
        parameters,
        contact: "csca@example.invalid".to_owned(),
        crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
    })
}

pub(super) fn now() -> DateTime {
    date(2026, 11, 2).at(12, 0, 0, 0)
}

pub(super) fn text(error: SealError) -> String {
    error.to_string()
}

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
