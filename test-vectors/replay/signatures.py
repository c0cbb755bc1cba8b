"""Public keys of certificates and the signatures by them; two curves that `cryptography` lacks are computed here."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

HASHES = {"sha1": hashes.SHA1(), "sha224": hashes.SHA224(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
# Object identifier: what it stands for. Parameters of RFC 5639 and FIPS 186-4: prime, a, b, x, y, order.
NAMED = {"2a8648ce3d030107": "P-256", "2b81040022": "P-384", "2b81040023": "P-521", "2b2403030208010105": "brainpoolP224r1", "2b2403030208010107": "brainpoolP256r1",
         "2b2403030208010109": "brainpoolP320r1", "2b240303020801010b": "brainpoolP384r1", "2b240303020801010d": "brainpoolP512r1"}
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "brainpoolP256r1": ec.BrainpoolP256R1(),
          "brainpoolP384r1": ec.BrainpoolP384R1(), "brainpoolP512r1": ec.BrainpoolP512R1()}
PARAMETERS = {
    "P-256": (
        0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff,
        0xffffffff00000001000000000000000000000000fffffffffffffffffffffffc,
        0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
        0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5,
        0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
    ),
    "P-384": (
        0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff,
        0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc,
        0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
        0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7,
        0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f,
        0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
    ),
    "P-521": (
        0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,
        0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc,
        0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00,
        0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66,
        0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650,
        0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409,
    ),
    "brainpoolP224r1": (
        0xd7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff,
        0x68a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43,
        0x2580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b,
        0xd9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d,
        0x58aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd,
        0xd7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f,
    ),
    "brainpoolP256r1": (
        0xa9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377,
        0x7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9,
        0x26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6,
        0x8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262,
        0x547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997,
        0xa9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7,
    ),
    "brainpoolP320r1": (
        0xd35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27,
        0x3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4,
        0x520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6,
        0x43bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611,
        0x14fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1,
        0xd35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311,
    ),
    "brainpoolP384r1": (
        0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53,
        0x7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826,
        0x4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11,
        0x1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e,
        0x8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315,
        0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565,
    ),
    "brainpoolP512r1": (
        0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3,
        0x7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca,
        0x3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723,
        0x81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822,
        0x7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892,
        0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069,
    ),
}
ECDSA = {"2a8648ce3d0401": "sha1", "2a8648ce3d040301": "sha224", "2a8648ce3d040302": "sha256", "2a8648ce3d040303": "sha384", "2a8648ce3d040304": "sha512"}
PKCS1 = {"2a864886f70d010105": "sha1", "2a864886f70d01010e": "sha224", "2a864886f70d01010b": "sha256", "2a864886f70d01010c": "sha384", "2a864886f70d01010d": "sha512"}
DIGESTS = {"2b0e03021a": "sha1", "608648016503040204": "sha224", "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512"}
EC_KEY, RSA_KEY, PSS, MGF1 = "2a8648ce3d0201", "2a864886f70d010101", "2a864886f70d01010a", "2a864886f70d010108"


class Unknown(Exception):
    """A key or an algorithm that nobody verifies with."""


class Wrong(Exception):
    """The signature does not verify."""


def algorithm(node, digest=None):
    """(kind, hash, salt length) of an AlgorithmIdentifier; that of the key itself leaves the hash to the digest algorithm."""
    fields = node.parts()
    name = fields[0].hex()
    if name in ECDSA:
        return "ec", ECDSA[name], None
    if name in PKCS1:
        return "pkcs1", PKCS1[name], None
    if digest and name == EC_KEY:
        return "ec", digest, None
    if digest and name == RSA_KEY:
        return "pkcs1", digest, None
    if name == PSS and len(fields) == 2:
        given = {part.tag: part.parts()[0] for part in fields[1]}
        hashed = DIGESTS.get(given[0xA0].parts()[0].hex()) if 0xA0 in given else "sha1"
        mask = given[0xA1].parts() if 0xA1 in given else None
        masked = "sha1" if mask is None else DIGESTS.get(mask[1].parts()[0].hex()) if mask[0].hex() == MGF1 else None
        salt = int.from_bytes(given[0xA2].content, "big") if 0xA2 in given else 20
        if hashed and hashed == masked:
            return "pss", hashed, salt
    raise Unknown


def public_key(info):
    """A SubjectPublicKeyInfo: ("rsa", key), or ("ec", name of the curve, X, Y)."""
    identifier, bits = info.parts()
    name, parameters = identifier.parts()
    if name.hex() == RSA_KEY:
        return "rsa", serialization.load_der_public_key(info.raw)
    if name.hex() != EC_KEY:
        raise Unknown
    curve = NAMED.get(parameters.hex()) if parameters.tag == 0x06 else explicit(parameters)
    if curve is None:
        raise Unknown
    point = bits.content[1:]
    half = (len(point) - 1) // 2
    x, y = int.from_bytes(point[1 : 1 + half], "big"), int.from_bytes(point[1 + half :], "big")
    p, a, b, *_ = PARAMETERS[curve]
    if point[0] != 4 or (y * y - x * x * x - a * x - b) % p:
        raise Unknown
    return "ec", curve, x, y


def explicit(parameters):
    _version, field, coefficients, base, order = parameters.parts()[:5]
    a, b = (int.from_bytes(part.content, "big") for part in coefficients.parts()[:2])
    half = (len(base.content) - 1) // 2
    x, y = int.from_bytes(base.content[1 : 1 + half], "big"), int.from_bytes(base.content[1 + half :], "big")
    given = (field.parts()[1].integer(), a, b, x, y, order.integer())
    return next((name for name, known in PARAMETERS.items() if known == given), None)


def verify(key, scheme, message, signature):
    kind, hashed, salt = scheme
    if (kind == "ec") != (key[0] == "ec"):
        raise Wrong
    try:
        if kind == "pkcs1":
            key[1].verify(signature, message, padding.PKCS1v15(), HASHES[hashed])
        elif kind == "pss":
            key[1].verify(signature, message, padding.PSS(padding.MGF1(HASHES[hashed]), salt), HASHES[hashed])
        elif key[1] in CURVES:
            public = ec.EllipticCurvePublicNumbers(key[2], key[3], CURVES[key[1]]).public_key()
            public.verify(signature, message, ec.ECDSA(HASHES[hashed]))
        else:
            ecdsa(PARAMETERS[key[1]], key[2:], hashlib.new(hashed, message).digest(), signature)
    except (InvalidSignature, ValueError):
        raise Wrong from None


def ecdsa(curve, point, digest, signature):
    """FIPS 186-4, 6.4."""
    prime, a, _b, x, y, order = curve
    r, s = utils.decode_dss_signature(signature)
    if not (0 < r < order and 0 < s < order):
        raise Wrong
    number = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - order.bit_length())
    inverse = pow(s, -1, order)
    found = add(prime, a, multiply(prime, a, number * inverse % order, (x, y)), multiply(prime, a, r * inverse % order, point))
    if found is None or found[0] % order != r:
        raise Wrong


def add(prime, a, left, right):
    if left is None or right is None:
        return left or right
    if left[0] == right[0] and (left[1] + right[1]) % prime == 0:
        return None
    if left == right:
        slope = (3 * left[0] * left[0] + a) * pow(2 * left[1], -1, prime)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, prime)
    x = (slope * slope - left[0] - right[0]) % prime
    return x, (slope * (left[0] - x) - left[1]) % prime


def multiply(prime, a, number, point):
    found = None
    for bit in bin(number)[2:]:
        found = add(prime, a, found, found)
        if bit == "1":
            found = add(prime, a, found, tuple(point))
    return found
