//! Security objects by every algorithm, and irregular ones of strangers: each with its verdict, each with a tampered twin.

use serde_json::{Value, json};
use sigillo_crypto::{
    Curve, CurvePrivateKey, EcParameters, HashAlgorithm, KeyAlgorithm, PrivateKey, PublicKey, SeededEntropy,
    SignatureAlgorithm, ecdsa_signature_to_der,
};
use sigillo_seal::x509::{Certificate, country_signer, document_signer};
use sigillo_seal::{LdsVersion, SignerCertificate, prepare};
use sigillo_vectors::{Folder, NoteKind};

use super::seal::{certificate, groups, now, text};
use crate::vectors::der::Node;
use crate::vectors::maker::{Made, Maker, bytes, flipped, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![algorithms(folder)?, irregular(folder)?])
}

fn algorithms(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "sod/algorithms.json",
        "sod_verify.v1",
        &[("icao-9303-12", "8", "4.4"), ("rfc-5639", "2010", "3"), ("rfc-4055", "2005", "3.1")],
        &[
            ("Seal", NoteKind::Basic, "A seal by this algorithm, under certificates by the same."),
            ("Altered", NoteKind::Tampered, "One bit differs."),
        ],
    )
    .without_foreign_source("OpenSSL verifies seals by each of these algorithms in crates/seal/tests/algorithms.rs");
    suite.group(own());
    for (key, algorithm) in made_by() {
        let country = Country::new(key, algorithm, EcParameters::Named)?;
        let ef_sod = country.seal(LdsVersion::V1_8)?;
        let title = format!("{key}: {}", algorithm.name());
        country.accept(&mut suite, &title, &ef_sod);
        country.accept(&mut suite, &format!("{title}, LDS 1.7"), &country.seal(LdsVersion::V1_7)?);
        if key.curve().is_some() {
            let explicit = Country::new(key, algorithm, EcParameters::Explicit)?;
            explicit.accept(&mut suite, &format!("{title}, parameters spelt out"), &explicit.seal(LdsVersion::V1_8)?);
        }
        let mut tree = Node::read(&ef_sod)?;
        let content = tree.at(&CONTENT)?;
        content.value = flipped(&content.value, content.value.len() / 2);
        country.reject(&mut suite, &format!("{title}: a hash altered"), &tree.write(), "seal.message-digest");
        let last = flipped(&ef_sod, ef_sod.len() - 1);
        country.reject(&mut suite, &format!("{title}: the signature altered"), &last, "seal.signature");
        let mut tree = Node::read(&ef_sod)?;
        let link = tree.at(&[0, 1, 0, 3, 0, 2])?;
        link.value = flipped(&link.value, link.value.len() - 1);
        country.reject(&mut suite, &format!("{title}: the chain altered"), &tree.write(), "seal.chain-signature");
    }
    suite.finish()
}

fn irregular(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "sod/irregular.json",
        "sod_verify.v1",
        &[("rfc-5652", "2009", "5"), ("icao-9303-10", "8", "4.6.2"), ("icao-9303-12", "8", "4.4")],
        &[
            ("Irregular", NoteKind::Basic, "What real documents carry beside the standards, and is no less true."),
            ("Regular", NoteKind::Basic, "What the standards leave open."),
            ("Old", NoteKind::Basic, "Algorithms of old chips, which need a policy that takes them."),
            ("Altered", NoteKind::Tampered, "The irregular form, with something in it that is not true."),
        ],
    )
    .without_foreign_source(
        "OpenSSL makes some of these forms in crates/seal/tests/algorithms.rs; these are all of them",
    );
    suite.group(own());
    let country = Country::new(KeyAlgorithm::P256, P256, EcParameters::Named)?;
    encodings(&mut suite, &country)?;
    versions(&mut suite, &country)?;
    attributes(&mut suite, &country)?;
    names(&mut suite, &country)?;
    old(&mut suite, &country)?;
    suite.finish()
}

/// BER around the message.
fn encodings(suite: &mut Maker<'_>, country: &Country) -> Made {
    let tree = country.tree()?;
    let message = tree.children.first().ok_or("no message")?;
    let file = |content: &[u8]| sigillo_tlv::encode(0x77, content);
    let indefinite = file(&indefinite(message)?);
    country.accept_as(suite, "indefinite lengths everywhere", "Irregular", &indefinite);
    let mut twin = indefinite.clone();
    let digest = position(&twin, &DIGEST_ATTRIBUTE)?;
    twin = flipped(&twin, digest + DIGEST_ATTRIBUTE.len() + 8);
    country.reject(suite, "indefinite lengths and another message digest", &twin, "seal.message-digest");
    let long = long_lengths(message)?;
    country.accept_as(suite, "lengths in four octets", "Irregular", &file(&long));
    let mut pieces = tree.clone();
    let content = pieces.at(&CONTENT)?;
    let (first, rest) = content.value.split_at(content.value.len() / 3);
    let children = vec![Node::leaf(0x04, first), Node::leaf(0x04, rest)];
    *content = Node { tag: 0x24, value: Vec::new(), children };
    country.accept_as(suite, "the content in two pieces", "Irregular", &pieces.write());
    pieces.at(&CONTENT)?.children.reverse();
    country.reject(suite, "the content in two pieces, the second first", &pieces.write(), "seal.der");
    let trailing = [indefinite.as_slice(), &[0, 0]].concat();
    country.reject(suite, "something behind the file", &trailing, "seal.der");
    Ok(())
}

/// Versions, digest lists, parameters, further certificates, revocation lists, unsigned attributes.
fn versions(suite: &mut Maker<'_>, country: &Country) -> Made {
    for version in [1, 4, 5] {
        let ef_sod = country.changed(|message| leaf(message, &[0], &[version]))?;
        country.accept_as(suite, &format!("signed data of version {version}"), "Irregular", &ef_sod);
    }
    let other = bytes("608648016503040203")?;
    for (title, flag, ef_sod) in [
        (
            "signer information of version 3 by issuer and serial number",
            "Irregular",
            country.changed(|message| leaf(message, &[4, 0, 0], &[3]))?,
        ),
        (
            "a digest algorithm that the message does not list",
            "Irregular",
            country.changed(|message| leaf(message, &[1, 0, 0], &other))?,
        ),
        ("no digest algorithms listed", "Irregular", country.changed(|message| drop_all(message, &[1]))?),
        (
            "the algorithm of the key as that of the signature",
            "Irregular",
            country.changed(|message| leaf(message, &[4, 0, 4, 0], &bytes("2A8648CE3D0201")?))?,
        ),
        (
            "NULL as parameters of every algorithm",
            "Regular",
            country.changed(|message| {
                for algorithm in [&[1, 0][..], &[4, 0, 2], &[4, 0, 4]] {
                    message.at(algorithm)?.children.push(Node::leaf(0x05, &[]));
                }
                Ok(())
            })?,
        ),
        (
            "the CSCA before the signer",
            "Regular",
            country.changed(|message| {
                let csca = Node::read(country.csca.der())?;
                message.at(&[3])?.children.insert(0, csca);
                Ok(())
            })?,
        ),
        (
            "an unsigned attribute",
            "Regular",
            country.changed(|message| {
                let attribute = Node::read(&bytes("300906032A030431020500")?)?;
                let holder = Node { tag: 0xA1, value: Vec::new(), children: vec![attribute] };
                message.at(&[4, 0])?.children.push(holder);
                Ok(())
            })?,
        ),
    ] {
        country.accept_as(suite, title, flag, &ef_sod);
    }
    let other_list = country.changed(|message| leaf(message, &[4, 0, 2, 0], &other))?;
    country.reject(suite, "a digest by another hash than the signature", &other_list, "seal.hash-algorithm-mismatch");
    Ok(())
}

/// Signed attributes: more, fewer, in another order.
fn attributes(suite: &mut Maker<'_>, country: &Country) -> Made {
    let signing_time = Node::read(&bytes("301C06092A864886F70D010905310F170D3236313130323132303030305A")?)?;
    let with_time = |at: usize| {
        country.changed(|message| {
            message.at(&ATTRIBUTES)?.children.insert(at, signing_time.clone());
            Ok(())
        })
    };
    country.accept_as(suite, "a signing time, in DER's order", "Regular", &with_time(1)?);
    country.accept_as(suite, "a signing time last, signed in DER's order", "Irregular", &with_time(2)?);
    let mut as_written = Node::read(&with_time(2)?)?;
    let written = Node { tag: 0x31, ..as_written.at(&SIGNED_DATA)?.at(&ATTRIBUTES)?.clone() }.write();
    as_written.at(&SIGNED_DATA)?.at(&SIGNATURE)?.value = country.sign(&written)?;
    country.accept_as(suite, "a signing time last, signed as it stands", "Irregular", &as_written.write());
    as_written.at(&SIGNED_DATA)?.at(&ATTRIBUTES)?.children.reverse();
    country.reject(suite, "signed in an order that is neither", &as_written.write(), "seal.signature");

    let mut bare = country.tree()?;
    let content = bare.at(&CONTENT)?.value.clone();
    bare.at(&SIGNED_DATA)?.at(&[4, 0])?.children.remove(3);
    bare.at(&SIGNED_DATA)?.at(&[4, 0, 4])?.value = country.sign(&content)?;
    country.accept_as(suite, "no signed attributes", "Irregular", &bare.write());
    let altered = bare.at(&CONTENT)?;
    altered.value = flipped(&altered.value, altered.value.len() / 2);
    country.reject(suite, "no signed attributes and another content", &bare.write(), "seal.signature");
    let removed = country.unsigned(|message| drop_at(message, &[4, 0], 3))?;
    country.reject(suite, "signed attributes taken away", &removed, "seal.signature");
    let digest_only = country.changed(|message| drop_at(message, &ATTRIBUTES, 1))?;
    country.reject(suite, "no message digest among the attributes", &digest_only, "seal.signed-attributes");
    Ok(())
}

/// Who signed: by key identifier, and by one that is nobody's.
fn names(suite: &mut Maker<'_>, country: &Country) -> Made {
    let key = hex::decode(country.signer.key_id()).map_err(|error| error.to_string())?;
    let by_key = |version: u8, key: &[u8]| {
        country.changed(|message| {
            leaf(message, &[4, 0, 0], &[version])?;
            *message.at(&[4, 0, 1])? = Node::leaf(0x80, key);
            Ok(())
        })
    };
    let other_string = country.changed(|message| {
        let name = message.at(&[4, 0, 1, 0, 0, 0, 1])?;
        *name = Node::leaf(0x0C, &name.value.to_ascii_lowercase());
        Ok(())
    })?;
    country.accept_as(suite, "the issuer's country as another string, in small letters", "Irregular", &other_string);
    let another = country.changed(|message| leaf(message, &[4, 0, 1, 0, 0, 0, 1], b"FR"))?;
    country.reject(suite, "the issuer of another country", &another, "seal.signer-certificate");
    country.accept_as(suite, "the signer by its key identifier", "Regular", &by_key(3, &key)?);
    country.accept_as(suite, "by its key identifier, version 1", "Irregular", &by_key(1, &key)?);
    let nobody = by_key(3, &flipped(&key, 0))?;
    country.reject(suite, "by the key identifier of nobody", &nobody, "seal.signer-certificate");
    let serial = country.changed(|message| {
        let serial = message.at(&[4, 0, 1, 1])?;
        serial.value = flipped(&serial.value, 3);
        Ok(())
    })?;
    country.reject(suite, "by the serial number of nobody", &serial, "seal.signer-certificate");
    Ok(())
}

/// SHA-1 and SHA-224, on P-256 and on brainpoolP224r1, and RSA under the key's own object identifier.
fn old(suite: &mut Maker<'_>, country: &Country) -> Made {
    let rsa =
        Country::new(KeyAlgorithm::Rsa2048, SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256), EcParameters::Named)?;
    let of_key = rsa.changed(|message| leaf(message, &[4, 0, 4, 0], &bytes("2A864886F70D010101")?))?;
    rsa.accept_as(suite, "rsaEncryption as the algorithm of the signature", "Regular", &of_key);

    let certified = country.certified_of_old()?;
    let title = "a document signer that was certified by SHA-224";
    let taken = country.case(suite, &certified, &["sha224"]);
    suite.accept(&format!("{title}, taken"), "Old", "sod.verify", taken);
    country.reject(suite, &format!("{title}, not taken"), &certified, "seal.algorithm-retired");

    let hashes = country.changed(|message| {
        let content = message.at(&[2, 1, 0])?;
        let mut object = Node::read(&content.value)?;
        hashed_by(&mut object, HashAlgorithm::Sha1, &bytes("2B0E03021A")?)?;
        content.value = object.write();
        let digest = HashAlgorithm::Sha256.digest(&content.value);
        leaf(message, &[4, 0, 3, 1, 1, 0], &digest)
    })?;
    let taken = country.case(suite, &hashes, &["sha1"]);
    suite.accept("hashes by SHA-1 under a signature of today, taken", "Old", "sod.verify", taken);
    let title = "hashes by SHA-1 under a signature of today, not taken";
    country.reject(suite, title, &hashes, "seal.algorithm-retired");

    let p224 = CurvePrivateKey::generate(Curve::BrainpoolP224r1, &mut SeededEntropy::new([0xE0; 32]));
    let p224_point = p224.public().map_err(crypto_text)?;
    let p256 = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([0xE1; 32]));
    let p256_point = p256.public().map_err(crypto_text)?;
    for (title, key, point, hash) in [
        ("SHA-1 on P-256", &p256, p256_point, HashAlgorithm::Sha1),
        ("SHA-224 on brainpoolP224r1", &p224, p224_point, HashAlgorithm::Sha224),
    ] {
        let spki = PublicKey::from_point(point).to_spki_der(EcParameters::Named).map_err(crypto_text)?;
        let ef_sod = country.of_old(key, &spki, hash)?;
        let name = hash.name().replace('-', "").to_lowercase();
        let other = if name == "sha1" { "sha224" } else { "sha1" };
        let taken = country.case(suite, &ef_sod, &[&name]);
        suite.accept(&format!("{title}, taken"), "Old", "sod.verify", taken);
        for (how, taken) in [("not taken", &[][..]), ("where the other is taken", &[other])] {
            let input = country.case(suite, &ef_sod, taken);
            suite.reject(&format!("{title}, {how}"), "Old", "sod.verify", input, "seal.algorithm-retired");
        }
        let input = country.case(suite, &flipped(&ef_sod, ef_sod.len() - 1), &[&name]);
        suite.reject(&format!("{title}: the signature altered"), "Altered", "sod.verify", input, "seal.signature");
    }
    Ok(())
}

/// CSCA and document signer by one algorithm; the keys come from seeds that stand here.
struct Country {
    csca_key: PrivateKey,
    csca: Certificate,
    signer_key: PrivateKey,
    signer: Certificate,
    algorithm: SignatureAlgorithm,
}

impl Country {
    fn new(key: KeyAlgorithm, algorithm: SignatureAlgorithm, parameters: EcParameters) -> Made<Self> {
        let draw = |seed| PrivateKey::generate(key, &mut SeededEntropy::new([seed; 32])).map_err(crypto_text);
        let (csca_key, signer_key) = (draw(CSCA)?, draw(0xD6)?);
        let csca = certificate("TEST CSCA", parameters, 0xC6, 16)?;
        let csca = country_signer(&csca, csca_key.public(), algorithm).map_err(text)?;
        let signature = sign(&csca_key, algorithm, csca.to_be_signed())?;
        let csca = csca.complete(&signature).map_err(text)?;
        let signer = certificate("TEST DS 1", parameters, 0xD6, 11)?;
        let signer = document_signer(&signer, &["IR"], signer_key.public(), &csca, algorithm).map_err(text)?;
        let signature = sign(&csca_key, algorithm, signer.to_be_signed())?;
        let signer = signer.complete(&signature).map_err(text)?;
        Ok(Self { csca_key, csca, signer_key, signer, algorithm })
    }

    fn sign(&self, message: &[u8]) -> Made<Vec<u8>> {
        sign(&self.signer_key, self.algorithm, message)
    }

    fn seal(&self, version: LdsVersion) -> Made<Vec<u8>> {
        let groups = groups();
        let groups: Vec<(u8, &[u8])> = groups.iter().map(|(number, file)| (*number, file.as_slice())).collect();
        let hashed = prepare(&groups, version, self.algorithm.hash()).map_err(text)?;
        let signer = SignerCertificate::verify(self.signer.clone(), std::slice::from_ref(&self.csca))
            .and_then(|signer| signer.signing_by(self.algorithm))
            .map_err(text)?;
        let signature = self.sign(hashed.to_be_signed())?;
        Ok(hashed.seal(&signature, &signer, now()).map_err(text)?.ef_sod().to_vec())
    }

    fn tree(&self) -> Made<Node> {
        Node::read(&self.seal(LdsVersion::V1_8)?)
    }

    /// A seal whose signed data was changed, and signed again: the attributes in DER's order.
    fn changed(&self, change: impl Fn(&mut Node) -> Made) -> Made<Vec<u8>> {
        let mut tree = self.tree()?;
        let message = tree.at(&SIGNED_DATA)?;
        change(message)?;
        let mut attributes = message.at(&ATTRIBUTES)?.clone();
        attributes.children.sort_by_key(Node::write);
        let to_be_signed = Node { tag: 0x31, ..attributes }.write();
        message.at(&SIGNATURE)?.value = self.sign(&to_be_signed)?;
        Ok(tree.write())
    }

    fn unsigned(&self, change: impl Fn(&mut Node) -> Made) -> Made<Vec<u8>> {
        let mut tree = self.tree()?;
        change(tree.at(&SIGNED_DATA)?)?;
        Ok(tree.write())
    }

    /// A seal of an old chip: another key in the signer's certificate, another hash everywhere.
    fn of_old(&self, key: &CurvePrivateKey, spki: &[u8], hash: HashAlgorithm) -> Made<Vec<u8>> {
        let mut certificate = Node::read(self.signer.der())?;
        *certificate.at(&[0, 6])? = Node::read(spki)?;
        let signature = sign(&self.csca_key, self.algorithm, &certificate.at(&[0])?.write())?;
        certificate.at(&[2])?.value = [vec![0], signature].concat();
        let mut tree = self.tree()?;
        let message = tree.at(&SIGNED_DATA)?;
        *message.at(&[3, 0])? = certificate;
        let (oid, signature_oid) = match hash {
            HashAlgorithm::Sha1 => (bytes("2B0E03021A")?, bytes("2A8648CE3D0401")?),
            _ => (bytes("608648016503040204")?, bytes("2A8648CE3D040301")?),
        };
        let content = message.at(&[2, 1, 0])?;
        let mut object = Node::read(&content.value)?;
        hashed_by(&mut object, hash, &oid)?;
        content.value = object.write();
        let digest = hash.digest(&content.value);
        for place in [&[1, 0, 0][..], &[4, 0, 2, 0]] {
            leaf(message, place, &oid)?;
        }
        leaf(message, &[4, 0, 4, 0], &signature_oid)?;
        leaf(message, &[4, 0, 3, 1, 1, 0], &digest)?;
        let mut attributes = message.at(&ATTRIBUTES)?.clone();
        attributes.children.sort_by_key(Node::write);
        let plain = key.sign(hash, &Node { tag: 0x31, ..attributes }.write()).map_err(crypto_text)?;
        message.at(&SIGNATURE)?.value = ecdsa_signature_to_der(&plain).map_err(crypto_text)?;
        Ok(tree.write())
    }

    /// A seal of today under a certificate of old.
    fn certified_of_old(&self) -> Made<Vec<u8>> {
        let mut certificate = Node::read(self.signer.der())?;
        let oid = bytes("2A8648CE3D040301")?;
        leaf(&mut certificate, &[0, 2, 0], &oid)?;
        leaf(&mut certificate, &[1, 0], &oid)?;
        let key = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([CSCA; 32]));
        let plain = key.sign(HashAlgorithm::Sha224, &certificate.at(&[0])?.write()).map_err(crypto_text)?;
        let signature = ecdsa_signature_to_der(&plain).map_err(crypto_text)?;
        leaf(&mut certificate, &[2], &[vec![0], signature].concat())?;
        let mut tree = self.tree()?;
        *tree.at(&[0, 1, 0, 3, 0])? = certificate;
        Ok(tree.write())
    }

    fn case(&self, suite: &mut Maker<'_>, ef_sod: &[u8], old_algorithms: &[&str]) -> Value {
        let files: Vec<Value> =
            groups().iter().map(|(number, file)| json!({ "number": number, "content": suite.octets(file) })).collect();
        let mut case = json!({
            "ef_sod": suite.octets(ef_sod), "trust": [suite.octets(self.csca.der())], "groups": files, "now": "2026-11-02",
        });
        if let (false, Some(case)) = (old_algorithms.is_empty(), case.as_object_mut()) {
            case.insert("old_algorithms".to_owned(), json!(old_algorithms));
        }
        case
    }

    fn accept(&self, suite: &mut Maker<'_>, title: &str, ef_sod: &[u8]) {
        self.accept_as(suite, title, "Seal", ef_sod);
    }

    fn accept_as(&self, suite: &mut Maker<'_>, title: &str, flag: &str, ef_sod: &[u8]) {
        let input = self.case(suite, ef_sod, &[]);
        suite.accept(title, flag, "sod.verify", input);
    }

    fn reject(&self, suite: &mut Maker<'_>, title: &str, ef_sod: &[u8], code: &str) {
        let input = self.case(suite, ef_sod, &[]);
        suite.reject(title, "Altered", "sod.verify", input, code);
    }
}

/// Every algorithm that seals are made by; RSA of 3072 bits by one of them.
fn made_by() -> Vec<(KeyAlgorithm, SignatureAlgorithm)> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    let curves = KeyAlgorithm::ALL.into_iter().filter(|key| key.curve().is_some());
    let rsa = [Sha256, Sha384, Sha512].into_iter().flat_map(|hash| {
        [SignatureAlgorithm::RsaPkcs1(hash), SignatureAlgorithm::pss(hash)].map(|made| (KeyAlgorithm::Rsa2048, made))
    });
    let longer = std::iter::once((KeyAlgorithm::Rsa3072, SignatureAlgorithm::pss(Sha256)));
    curves.map(|key| (key, SignatureAlgorithm::for_key(key))).chain(rsa).chain(longer).collect()
}

fn sign(key: &PrivateKey, algorithm: SignatureAlgorithm, message: &[u8]) -> Made<Vec<u8>> {
    key.sign(algorithm, message, &mut SeededEntropy::new([0x5A; 32])).map_err(crypto_text)
}

/// One object with indefinite lengths wherever they may be.
fn indefinite(node: &Node) -> Made<Vec<u8>> {
    if node.children.is_empty() {
        return Ok(node.write());
    }
    let inside = node.children.iter().map(indefinite).collect::<Made<Vec<_>>>()?.concat();
    Ok([&[octet(node.tag)?, 0x80], inside.as_slice(), &[0, 0]].concat())
}

/// One object with each length in four octets.
fn long_lengths(node: &Node) -> Made<Vec<u8>> {
    let inside = if node.children.is_empty() {
        node.value.clone()
    } else {
        node.children.iter().map(long_lengths).collect::<Made<Vec<_>>>()?.concat()
    };
    let length = u32::try_from(inside.len()).map_err(|error| error.to_string())?.to_be_bytes();
    Ok([&[octet(node.tag)?, 0x84], &length[..], &inside].concat())
}

/// The LDS security object with hashes of another kind.
fn hashed_by(object: &mut Node, hash: HashAlgorithm, oid: &[u8]) -> Made {
    leaf(object, &[1, 0], oid)?;
    for (entry, (_, file)) in object.at(&[2])?.children.iter_mut().zip(groups()) {
        entry.at(&[1])?.value = hash.digest(&file);
    }
    Ok(())
}

fn octet(tag: u32) -> Made<u8> {
    u8::try_from(tag).map_err(|error| error.to_string())
}

fn leaf(node: &mut Node, path: &[usize], value: &[u8]) -> Made {
    node.at(path)?.value = value.to_vec();
    Ok(())
}

fn drop_at(node: &mut Node, path: &[usize], child: usize) -> Made {
    node.at(path)?.children.remove(child);
    Ok(())
}

fn drop_all(node: &mut Node, path: &[usize]) -> Made {
    node.at(path)?.children.clear();
    Ok(())
}

fn position(octets: &[u8], part: &[u8]) -> Made<usize> {
    octets.windows(part.len()).position(|window| window == part).ok_or("not there".to_owned())
}

fn crypto_text(error: sigillo_crypto::CryptoError) -> String {
    error.to_string()
}

/// The seed of the CSCA's key.
const CSCA: u8 = 0xC6;
/// Where things stand below EF.SOD, and below its signed data.
const SIGNED_DATA: [usize; 3] = [0, 1, 0];
const CONTENT: [usize; 6] = [0, 1, 0, 2, 1, 0];
const ATTRIBUTES: [usize; 3] = [4, 0, 3];
const SIGNATURE: [usize; 3] = [4, 0, 5];
/// The object identifier of the message digest, as an element.
const DIGEST_ATTRIBUTE: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
const P256: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256);
