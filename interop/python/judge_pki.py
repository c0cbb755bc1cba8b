#!/usr/bin/env python3
"""Judges what a country's certification authority makes: certificates, requests, revocation lists, master and deviation lists.

    judge_pki.py ISSUERS OBJECTS

Both are folders with files of the same names; the certificates of the issuers are taken from the first, what is judged from the second. Prints
a JSON object, file to verdict: "passed", or "failed: " and why. Signatures are verified by `cryptography`, structures read strictly by asn1crypto.
"""

import hashlib
import json
import sys
from pathlib import Path

from asn1crypto import algos, cms, core, csr
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

ISSUER_OF = {
    "csca.der": "csca.der",
    "next_csca.der": "next_csca.der",
    "link.der": "csca.der",
    "renamed_link.der": "csca.der",
    "document_signer.der": "csca.der",
    "master_list_signer.der": "csca.der",
    "deviation_list_signer.der": "csca.der",
    "services.der": "services.der",
    "holder.der": "services.der",
    "csca.crl": "csca.der",
    "services.crl": "services.der",
}
HASHES = {"sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
# The curves by their prime: OpenSSL, and so `cryptography`, takes explicit parameters of few curves only.
CURVES = {
    curve_prime: curve
    for curve_prime, curve in (
        (0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF, ec.SECP256R1),
        (0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377, ec.BrainpoolP256R1),
        (
            0xAADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA703308717D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3,
            ec.BrainpoolP512R1,
        ),
    )
}


class Refused(Exception):
    """An object that must not be taken, and why."""


def need(condition, why):
    if not condition:
        raise Refused(why)


def public_key(info):
    """A key that verifies, of an asn1crypto PublicKeyInfo."""
    if info.algorithm == "ec":
        kind, value = info.curve
        if kind == "specified":
            point = info["public_key"].contents[1:]
            prime = info["algorithm"]["parameters"].chosen["field_id"]["parameters"].native
            need(point[0] == 4, "the point is compressed")
            need(info["algorithm"]["parameters"].chosen["cofactor"].native == 1, "no cofactor")
            return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[prime](), point)
    return serialization.load_der_public_key(info.dump())


def verify(key, algorithm, signature, message):
    """Verifies by an asn1crypto SignedDigestAlgorithm."""
    name = algorithm["algorithm"].native
    if isinstance(key, ec.EllipticCurvePublicKey):
        need(name.endswith("_ecdsa"), f"{name} for an EC key")
        need(algorithm["parameters"].dump() == b"", "ECDSA with parameters")
        key.verify(signature, message, ec.ECDSA(HASHES[algorithm.hash_algo]()))
    elif name == "rsassa_pss":
        parameters = algorithm["parameters"]
        digest = HASHES[parameters["hash_algorithm"]["algorithm"].native]()
        need(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native == digest.name, "two hashes in PSS")
        mask = padding.PSS(padding.MGF1(digest), parameters["salt_length"].native)
        key.verify(signature, message, mask, digest)
    else:
        need(algorithm["parameters"].dump() == b"\x05\x00", "RSA PKCS#1 without NULL")
        key.verify(signature, message, padding.PKCS1v15(), HASHES[algorithm.hash_algo]())


def certificate(path):
    return asn1_x509.Certificate.load(path.read_bytes(), strict=True)


def canonical(value, octets):
    """What was read is written again by the same octets, so nothing was unread and all of it is DER."""
    need(type(value).load(octets, strict=True).dump(force=True) == octets, "not DER")


def judge_certificate(octets, issuer):
    one = asn1_x509.Certificate.load(octets, strict=True)
    canonical(one, octets)
    tbs = one["tbs_certificate"]
    need(tbs["version"].native == "v3", "not version 3")
    need(0 < tbs["serial_number"].native < 1 << 160, "serial number")
    need(tbs["signature"].dump() == one["signature_algorithm"].dump(), "two algorithms")
    need(one.issuer.dump() == issuer.subject.dump(), "another issuer's name")
    need(one.authority_key_identifier == issuer.key_identifier, "another issuer's key")
    need(one.key_identifier == hashlib.sha1(one.public_key["public_key"].contents[1:]).digest(), "key identifier")
    need(one.issuer_alt_name_value.dump() == issuer.subject_alt_name_value.dump(), "issuer's alternative name")
    verify(public_key(issuer.public_key), one["signature_algorithm"], one.signature, tbs.dump())


def judge_request(octets, _):
    one = csr.CertificationRequest.load(octets, strict=True)
    canonical(one, octets)
    info = one["certification_request_info"]
    need(info["version"].native == "v1", "not version 1")
    key = public_key(asn1_keys.PublicKeyInfo.load(info["subject_pk_info"].dump()))
    verify(key, one["signature_algorithm"], one["signature"].native, info.dump())


def judge_revocation_list(octets, issuer):
    one = asn1_crl.CertificateList.load(octets, strict=True)
    canonical(one, octets)
    tbs = one["tbs_cert_list"]
    need(tbs["version"].native == "v2", "not version 2")
    need(one.issuer.dump() == issuer.subject.dump(), "another issuer's name")
    need(one.authority_key_identifier == issuer.key_identifier, "another issuer's key")
    need(one.crl_number_value.native >= 0, "no number")
    days = (tbs["next_update"].native - tbs["this_update"].native).days
    need(0 < days <= 90, f"next list after {days} days")
    need(len(tbs["revoked_certificates"]) > 0, "an empty list must not be there")
    verify(public_key(issuer.public_key), one["signature_algorithm"], one["signature"].native, tbs.dump())


class MasterListCertificates(core.SetOf):
    _child_spec = asn1_x509.Certificate


class MasterList(core.Sequence):
    _fields = [("version", core.Integer), ("certificates", MasterListCertificates)]


# Parameters and national use are ANY; of the list judged here they are of these types. (asn1crypto reads no two optional ANY in a row.)
class DeviationDescription(core.Sequence):
    _fields = [
        ("description", core.PrintableString, {"optional": True}),
        ("kind", core.ObjectIdentifier),
        ("parameters", core.Integer, {"explicit": 0, "optional": True}),
        ("national_use", core.PrintableString, {"explicit": 1, "optional": True}),
    ]


class DeviationDescriptions(core.SetOf):
    _child_spec = DeviationDescription


class Numbers(core.SetOf):
    _child_spec = core.PrintableString


class Issued(core.Sequence):
    _fields = [("first", core.GeneralizedTime), ("last", core.GeneralizedTime)]


class DeviationSigner(core.Choice):
    _alternatives = [
        ("issuer_and_serial", cms.IssuerAndSerialNumber, {"implicit": 1}),
        ("key_identifier", core.OctetString, {"implicit": 2}),
        ("certificate_digest", core.OctetString, {"implicit": 3}),
    ]


class DeviationDocuments(core.Sequence):
    _fields = [
        ("document_type", core.PrintableString, {"implicit": 0, "optional": True}),
        ("signer", DeviationSigner, {"optional": True}),
        ("issued", Issued, {"implicit": 4, "optional": True}),
        ("numbers", Numbers, {"implicit": 5, "optional": True}),
    ]


class Deviation(core.Sequence):
    _fields = [("documents", DeviationDocuments), ("descriptions", DeviationDescriptions)]


class Deviations(core.SetOf):
    _child_spec = Deviation


class DeviationList(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("digest_algorithm", algos.DigestAlgorithm, {"optional": True}),
        ("deviations", Deviations),
    ]


def judge_list(octets, csca, content_type, purpose, spec):
    """A signed list; gives its content."""
    outer = cms.ContentInfo.load(octets, strict=True)
    signed = outer["content"]
    need(signed["version"].native == "v3", "not version 3")
    need(signed["encap_content_info"]["content_type"].dotted == content_type, "another content type")
    need(len(signed["signer_infos"]) == 1 and signed["crls"].dump() == b"", "signers or CRLs")
    content = signed["encap_content_info"]["content"].native
    info = signed["signer_infos"][0]
    need(info["version"].native == "v3" and info["sid"].name == "subject_key_identifier", "signer not by key identifier")
    enclosed = [one.chosen for one in signed["certificates"]]
    signer = next((one for one in enclosed if one.key_identifier == info["sid"].native), None)
    need(signer is not None, "the signer's certificate is missing")
    need(any(one.dump() == csca.dump() for one in enclosed), "the CSCA's certificate is missing")
    judge_certificate(signer.dump(), csca)
    usage = signer.extended_key_usage_value
    need(usage is not None and [one.dotted for one in usage] == [purpose], "purpose")
    need("extended_key_usage" in signer.critical_extensions, "purpose not critical")

    attributes = {one["type"].native: one["values"] for one in info["signed_attrs"]}
    need(set(attributes) == {"content_type", "message_digest", "signing_time"}, f"attributes {sorted(attributes)}")
    need(attributes["content_type"][0].dotted == content_type, "content type in the attributes")
    digest = info["digest_algorithm"]
    need(digest["parameters"].dump() == b"", "parameters of the digest algorithm")
    need(attributes["message_digest"][0].native == hashlib.new(digest["algorithm"].native, content).digest(), "digest")
    members = [one.dump() for one in info["signed_attrs"]]
    need(members == sorted(members), "the attributes are not in DER's order")
    message = b"\x31" + info["signed_attrs"].dump()[1:]
    verify(public_key(signer.public_key), info["signature_algorithm"], info["signature"].native, message)
    value = spec.load(content, strict=True)
    canonical(value, content)
    need(value["version"].native == 0, "not version 0")
    return value


def judge_master_list(octets, csca):
    certificates = judge_list(octets, csca, "2.23.136.1.1.2", "2.23.136.1.1.3", MasterList)["certificates"]
    members = [one.dump() for one in certificates]
    need(members and members == sorted(set(members)), "members not in order, or twice")


def judge_deviation_list(octets, csca):
    deviations = judge_list(octets, csca, "2.23.136.1.1.7", "2.23.136.1.1.8", DeviationList)["deviations"]
    need(len(deviations) == 3, "not the three deviations")
    for one in deviations:
        need(all(kind["kind"].native.startswith("2.23.136.1.1.7.") for kind in one["descriptions"]), "kind of deviation")
        need(one["documents"]["signer"].native is not None, "signer")


def main():
    issuers, objects = map(Path, sys.argv[1:])
    judges = {".der": judge_certificate, ".csr": judge_request, ".crl": judge_revocation_list}
    judges |= {".ml": judge_master_list, ".dl": judge_deviation_list}
    verdicts = {}
    for path in sorted(objects.iterdir()):
        try:
            judges[path.suffix](path.read_bytes(), certificate(issuers / ISSUER_OF.get(path.name, "csca.der")))
            verdicts[path.name] = "passed"
        except Exception as error:  # whatever a library says of it, it did not take the object
            verdicts[path.name] = f"failed: {type(error).__name__} {error}"
    print(json.dumps(verdicts, indent=1))
    return 0 if all(verdict == "passed" for verdict in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
