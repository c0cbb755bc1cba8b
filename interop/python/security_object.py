"""EF.SOD and its chain: CMS by asn1crypto, signatures by cryptography (ICAO 9303-10 4.6.2, 9303-11 5.1, 9303-12 7)."""

import dataclasses
import datetime
import hashlib

from asn1crypto import algos, cms, core, keys, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tlv import Refused, only

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
DOCUMENT_TYPE_LIST = "2.23.136.1.1.6.2"
CHIP_AUTHENTICATION = {"0.4.0.127.0.7.2.2.3.2.2": "id-CA-ECDH-AES-CBC-CMAC-128", "0.4.0.127.0.7.2.2.1.2": "id-PK-ECDH"}

# The curves by their parameters (SEC 2): explicit parameters are recognized by comparing all of them.
CURVES = {
    "P-256": (
        ec.SECP256R1(),
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ),
    "P-384": (
        ec.SECP384R1(),
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    ),
}
NAMED = {"secp256r1": "P-256", "secp384r1": "P-384"}


class DataGroupHash(core.Sequence):
    _fields = [("number", core.Integer), ("value", core.OctetString)]


class DataGroupHashes(core.SequenceOf):
    _child_spec = DataGroupHash


class LdsVersionInfo(core.Sequence):
    _fields = [("lds_version", core.PrintableString), ("unicode_version", core.PrintableString)]


class LdsSecurityObject(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("hashes", DataGroupHashes),
        ("lds_version_info", LdsVersionInfo, {"optional": True}),
    ]


class DocumentTypeList(core.Sequence):
    class Types(core.SetOf):
        _child_spec = core.PrintableString

    _fields = [("version", core.Integer), ("types", Types)]


class SecurityInfo(core.Sequence):
    _fields = [("protocol", core.ObjectIdentifier), ("required", core.Any), ("optional", core.Any, {"optional": True})]


class SecurityInfos(core.SetOf):
    _child_spec = SecurityInfo


@dataclasses.dataclass
class Sod:
    """What a data group is judged by."""

    algorithm: str
    hashes: dict
    lds_version: str
    document_types: list

    def digest(self, content):
        return hashlib.new(self.algorithm, content).digest()


def judge(judgement, content, csca_der, now):
    """All checks of EF.SOD and its chain; None when it cannot be read at all."""
    signed = judgement.check("sod.structure", signed_data, content)
    if signed is None:
        return None
    lds = judgement.check("sod.content", lds_security_object, signed)
    signer = signed["signer_infos"][0]
    certificate = judgement.check("sod.one-signer-certificate", signer_certificate, signed, signer)
    judgement.check("sod.algorithms-agree", algorithms_agree, signed, signer, lds)
    judgement.check("sod.signed-attributes", signed_attributes, signed, signer)
    if certificate is not None:
        judgement.check("sod.signature", signature, signer, certificate)
        chain(judgement, certificate, csca_der, now)
    if lds is None:
        return None
    info = lds["lds_version_info"]
    return Sod(
        algorithm=lds["hash_algorithm"]["algorithm"].native,
        hashes={entry["number"].native: entry["value"].native for entry in lds["hashes"]},
        lds_version=info["lds_version"].native if isinstance(info, LdsVersionInfo) else "0107",
        document_types=(document_types(certificate) if certificate is not None else []),
    )


def signed_data(content):
    """77 { ContentInfo { SignedData version 3, one SignerInfo } }, DER, nothing behind."""
    info = cms.ContentInfo.load(only(content, 0x77), strict=True)
    if info["content_type"].native != "signed_data":
        raise Refused(f"content type {info['content_type'].native}")
    signed = info["content"]
    if signed["version"].native != "v3" or len(signed["signer_infos"]) != 1:
        raise Refused(f"version {signed['version'].native}, {len(signed['signer_infos'])} signers")
    return signed


def lds_security_object(signed):
    """eContentType id-icao-mrtd-security-ldsSecurityObject; 2 to 16 hashes, ascending, each of the digest's length."""
    encapsulated = signed["encap_content_info"]
    if encapsulated["content_type"].dotted != LDS_SECURITY_OBJECT:
        raise Refused(f"eContentType {encapsulated['content_type'].dotted}")
    lds = LdsSecurityObject.load(encapsulated["content"].native, strict=True)
    algorithm = lds["hash_algorithm"]
    if algorithm["algorithm"].native not in ("sha224", "sha256", "sha384", "sha512"):
        raise Refused(f"hash algorithm {algorithm['algorithm'].native}")
    if algorithm.contents != algorithm["algorithm"].dump():
        raise Refused("the hash algorithm carries parameters")
    numbers = [entry["number"].native for entry in lds["hashes"]]
    size = hashlib.new(algorithm["algorithm"].native).digest_size
    if not 2 <= len(numbers) <= 16 or numbers != sorted(set(numbers)) or not set(numbers) <= set(range(1, 17)):
        raise Refused(f"data group numbers {numbers}")
    if any(len(entry["value"].native) != size for entry in lds["hashes"]):
        raise Refused("a hash of the wrong length")
    has_info = isinstance(lds["lds_version_info"], LdsVersionInfo)
    if lds["version"].native != (1 if has_info else 0):
        raise Refused(f"version {lds['version'].native}, LDS version info {'present' if has_info else 'absent'}")
    return lds


def signer_certificate(signed, signer):
    certificates = [choice.chosen for choice in signed["certificates"]]
    if len(certificates) != 1:
        raise Refused(f"{len(certificates)} certificates")
    (certificate,) = certificates
    sid = signer["sid"].chosen
    if signer["sid"].name != "issuer_and_serial_number" or signer["version"].native != "v1":
        raise Refused(f"signer named by {signer['sid'].name}, version {signer['version'].native}")
    if sid["issuer"].dump() != certificate.issuer.dump() or sid["serial_number"].native != certificate.serial_number:
        raise Refused("the signer is not the certificate that is included")
    return certificate


def algorithms_agree(signed, signer, lds):
    listed = [algorithm["algorithm"].native for algorithm in signed["digest_algorithms"]]
    digest = signer["digest_algorithm"]["algorithm"].native
    of_signature = signer["signature_algorithm"].hash_algo
    if listed != [digest] or digest != of_signature:
        raise Refused(f"digest algorithms {listed}, signer {digest}, signature {of_signature}")
    if lds is not None and lds["hash_algorithm"]["algorithm"].native != digest:
        raise Refused("the data group hashes use another algorithm")
    return digest


def signed_attributes(signed, signer):
    """contentType and messageDigest, no signing time, in DER order; the digest is that of the content."""
    attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    encoded = [attribute.dump() for attribute in signer["signed_attrs"]]
    if sorted(attributes) != ["content_type", "message_digest"] or encoded != sorted(encoded):
        raise Refused(f"signed attributes {sorted(attributes)}, or not in DER order")
    content = signed["encap_content_info"]
    if attributes["content_type"][0].dotted != content["content_type"].dotted:
        raise Refused("contentType differs from eContentType")
    digest = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content["content"].native).digest()
    if attributes["message_digest"][0].native != digest:
        raise Refused("messageDigest is not the digest of the content")


def signature(signer, certificate):
    # What is signed is the SET OF itself, not its [0] (RFC 5652, 5.4).
    message = b"\x31" + signer["signed_attrs"].dump()[1:]
    verify(certificate.public_key, signer["signature"].native, message, signer["signature_algorithm"])


# --- Certificates --------------------------------------------------------------------------------------------------


def chain(judgement, certificate, csca_der, now):
    csca = judgement.check("csca.structure", lambda: x509.Certificate.load(csca_der, strict=True))
    if csca is None:
        return
    judgement.check("csca.self-signed", certified_by, csca, csca)
    judgement.check("csca.authority", authority, csca)
    judgement.check("csca.validity", valid, csca, now)
    judgement.check("csca.form", form, csca)
    judgement.check("certificate.signature", certified_by, certificate, csca)
    judgement.check("certificate.usage", usage, certificate)
    judgement.check("certificate.key-identifier", key_identifier, certificate, csca)
    judgement.check("certificate.validity", valid, certificate, now)
    judgement.check("certificate.form", form, certificate)


def certified_by(certificate, issuer):
    if certificate.issuer.dump() != issuer.subject.dump():
        raise Refused("issuer and subject differ")
    algorithm = certificate["signature_algorithm"]
    if algorithm.dump() != certificate["tbs_certificate"]["signature"].dump():
        raise Refused("two signature algorithms")
    verify(issuer.public_key, certificate.signature, certificate["tbs_certificate"].dump(), algorithm)
    return curve_of(issuer.public_key)[1]


def authority(csca):
    basic, use = csca.basic_constraints_value, csca.key_usage_value
    if basic is None or not basic["ca"].native or basic["path_len_constraint"].native != 0:
        raise Refused("not a CA with path length 0")
    if use is None or use.native != {"key_cert_sign", "crl_sign"}:
        raise Refused(f"key usage {use.native if use is not None else 'absent'}")
    if not {"basic_constraints", "key_usage"} <= csca.critical_extensions:
        raise Refused("basic constraints and key usage must be critical")


def usage(certificate):
    use, basic = certificate.key_usage_value, certificate.basic_constraints_value
    if use is None or use.native != {"digital_signature"} or "key_usage" not in certificate.critical_extensions:
        raise Refused("key usage is not digitalSignature, critical")
    if basic is not None and basic["ca"].native:
        raise Refused("the document signer is a CA")


def key_identifier(certificate, csca):
    wanted, found = csca.key_identifier, certificate.authority_key_identifier
    if wanted is None or found is None or wanted != found:
        raise Refused("the authority key identifier is not the CSCA's key identifier")


def valid(certificate, now):
    moment = datetime.datetime.combine(now, datetime.time(12), datetime.timezone.utc)
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        raise Refused(f"valid from {certificate.not_valid_before:%F} to {certificate.not_valid_after:%F}")


def form(certificate):
    """X.509 v3, positive serial of at most 20 octets, upper-case country, UTCTime until 2049 (ICAO 9303-12, 7.1)."""
    if certificate["tbs_certificate"]["version"].native != "v3":
        raise Refused("not version 3")
    if not 0 < certificate.serial_number < 1 << 159:
        raise Refused("serial number not positive, or longer than 20 octets")
    country = certificate.subject.native.get("country_name", "")
    if len(country) != 2 or not country.isupper():
        raise Refused(f"country {country!r}")
    validity = certificate["tbs_certificate"]["validity"]
    for end in ("not_before", "not_after"):
        if validity[end].name != ("utc_time" if validity[end].native.year < 2050 else "general_time"):
            raise Refused(f"{end} as {validity[end].name}")
    return curve_of(certificate.public_key)[1]


def document_types(certificate):
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == DOCUMENT_TYPE_LIST:
            return sorted(DocumentTypeList.load(extension["extn_value"].contents, strict=True)["types"].native)
    return []


# --- Keys ----------------------------------------------------------------------------------------------------------


def verify(public_key, signature_value, message, algorithm):
    if algorithm.signature_algo != "ecdsa":
        raise Refused(f"signature algorithm {algorithm.signature_algo}")
    curve, _form = curve_of(public_key)
    digest = {"sha224": hashes.SHA224(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[algorithm.hash_algo]
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public_key["public_key"].native)
    try:
        key.verify(signature_value, message, ec.ECDSA(digest))
    except InvalidSignature:
        raise Refused("the signature does not verify") from None


def curve_of(public_key):
    """The curve of a key and how it was named; `cryptography` refuses explicit parameters, so they are compared here."""
    if public_key.algorithm != "ec":
        raise Refused(f"{public_key.algorithm} key")
    parameters = public_key["algorithm"]["parameters"]
    if parameters.name == "named":
        name = NAMED.get(parameters.native)
        if name is None:
            raise Refused(f"curve {parameters.native}")
        return CURVES[name][0], f"{name}, named"
    if parameters.name != "specified":
        raise Refused(f"{parameters.name} curve parameters")
    given = parameters.chosen
    point = given["base"].native
    for name, (curve, prime, b, x, y, order) in CURVES.items():
        size = (prime.bit_length() + 7) // 8
        if (
            given["field_id"]["field_type"].native == "prime_field"
            and given["field_id"]["parameters"].native == prime
            and int.from_bytes(given["curve"]["a"].native, "big") == prime - 3
            and int.from_bytes(given["curve"]["b"].native, "big") == b
            and point == b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
            and given["order"].native == order
            and given["cofactor"].native == 1
        ):
            return curve, f"{name}, explicit"
    raise Refused("explicit parameters of no curve known here")


def security_infos(content):
    """DG14: 6E { SET OF SecurityInfo }; a chip authentication key is a point on its curve."""
    found = []
    for info in SecurityInfos.load(only(content, 0x6E), strict=True):
        protocol = info["protocol"].native
        found.append(CHIP_AUTHENTICATION.get(protocol, protocol))
        if protocol == "0.4.0.127.0.7.2.2.1.2":
            key = keys.PublicKeyInfo.load(info["required"].dump(), strict=True)
            curve, _form = curve_of(key)
            ec.EllipticCurvePublicKey.from_encoded_point(curve, key["public_key"].native)
    return found
