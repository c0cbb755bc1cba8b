use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, RsaPrivateKey};
use sigillo_cvc::{CvPrivateKey, CvPublicKey};
use sigillo_tlv::{Tag, TlvError, encode, single};

/// rsaEncryption, 1.2.840.113549.1.1.1
const RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// id-ecPublicKey, 1.2.840.10045.2.1
const EC: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const SEQUENCE: u32 = 0x30;
const INTEGER: u32 = 0x02;
const OCTET_STRING: u32 = 0x04;
const OBJECT_IDENTIFIER: u32 = 0x06;
const PARAMETERS: u32 = 0xA0;
const PUBLIC_KEY: u32 = 0xA1;

/// A terminal's private key as a file holds it: its certificate says with which hash it signs.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "the keys of card-verifiable certificates")]
pub enum TerminalKey {
    /// On an elliptic curve.
    Ec(CurvePrivateKey),
    /// RSA.
    Rsa(RsaPrivateKey),
}

/// Octets that are no private key of a terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TerminalKeyRefused;

impl TerminalKeyRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "inspect.terminal-key-form"
    }
}

impl TerminalKey {
    /// Reads an unencrypted key in DER.
    ///
    /// | form | written by | holds |
    /// |---|---|---|
    /// | PrivateKeyInfo | `openssl pkcs8 -topk8 -nocrypt -outform DER` | rsaEncryption or id-ecPublicKey, and one of these two: |
    /// | RSAPrivateKey | `openssl genpkey -outform DER` | all numbers |
    /// | ECPrivateKey | the same, and `cvc-create` under the name `.pkcs8` | scalar, parameters, public key |
    ///
    /// Parameters are the curve's object identifier, or all numbers; then the public key must be there too.
    ///
    /// Spec: `rfc-5958#private-key-info`, `rfc-5915#ec-private-key`.
    ///
    /// # Errors
    ///
    /// `inspect.terminal-key-form` for anything else, and for a curve that is not spoken here.
    pub fn from_der(der: &[u8]) -> Result<Self, TerminalKeyRefused> {
        read(der).ok().flatten().ok_or(TerminalKeyRefused)
    }

    /// The key as it signs by the algorithm of the public key that goes with it; `None` if another one does.
    #[must_use]
    pub fn signing(self, public: &CvPublicKey) -> Option<CvPrivateKey> {
        if !self.belongs_to(public) {
            return None;
        }
        match (self, public) {
            (Self::Ec(key), public) => Some(CvPrivateKey::Ec { hash: public.algorithm().hash(), key }),
            (Self::Rsa(key), CvPublicKey::Rsa { scheme, hash, .. }) => {
                Some(CvPrivateKey::Rsa { scheme: *scheme, hash: *hash, key })
            }
            (Self::Rsa(_), _) => None,
        }
    }

    pub(crate) fn belongs_to(&self, public: &CvPublicKey) -> bool {
        match (self, public) {
            (Self::Ec(key), CvPublicKey::Ec { point, .. }) => key.public().is_ok_and(|own| own == *point),
            (Self::Ec(key), CvPublicKey::EcInherited { octets, .. }) => {
                key.public().is_ok_and(|own| own.octets() == octets)
            }
            (Self::Rsa(key), CvPublicKey::Rsa { key: public, .. }) => {
                let own = key.public();
                own.modulus() == public.modulus() && own.exponent() == public.exponent()
            }
            _ => false,
        }
    }
}

impl From<CvPrivateKey> for TerminalKey {
    fn from(key: CvPrivateKey) -> Self {
        match key {
            CvPrivateKey::Ec { key, .. } => Self::Ec(key),
            CvPrivateKey::Rsa { key, .. } => Self::Rsa(key),
        }
    }
}

fn read(der: &[u8]) -> Result<Option<TerminalKey>, TlvError> {
    let mut fields = single(der, SEQUENCE)?.reader();
    fields.expect(INTEGER)?;
    let algorithm = match fields.peek_tag()?.map(Tag::number) {
        Some(SEQUENCE) => fields.expect(SEQUENCE)?,
        Some(OCTET_STRING) => return ec_private_key(der, None),
        _ => return Ok(RsaPrivateKey::from_pkcs1_der(der).ok().map(TerminalKey::Rsa)),
    };
    let key = fields.expect(OCTET_STRING)?.value;
    let mut identifier = algorithm.reader();
    match identifier.expect(OBJECT_IDENTIFIER)?.value {
        oid if oid == RSA => Ok(RsaPrivateKey::from_pkcs1_der(key).ok().map(TerminalKey::Rsa)),
        oid if oid == EC => ec_private_key(key, Some(identifier.rest())),
        _ => Ok(None),
    }
}

/// ECPrivateKey, with the parameters of what is around it, or its own.
fn ec_private_key(der: &[u8], parameters: Option<&[u8]>) -> Result<Option<TerminalKey>, TlvError> {
    let mut fields = single(der, SEQUENCE)?.reader();
    fields.expect(INTEGER)?;
    let scalar = fields.expect(OCTET_STRING)?.value;
    let own = fields.optional(PARAMETERS)?;
    let parameters = parameters.or(own.as_ref().map(|own| own.value)).unwrap_or_default();
    let public = fields.optional(PUBLIC_KEY)?;
    let curve = match single(parameters, OBJECT_IDENTIFIER) {
        Ok(named) => Curve::ALL.into_iter().find(|curve| curve.oid().as_bytes() == named.value),
        // All numbers: they are matched to a curve where public keys are read.
        Err(_) => public.and_then(|public| {
            let algorithm = encode(SEQUENCE, &[&encode(OBJECT_IDENTIFIER, &EC), parameters].concat());
            let point = CurvePoint::from_spki_der(&encode(SEQUENCE, &[&algorithm, public.value].concat()));
            point.ok().map(|point| point.curve())
        }),
    };
    Ok(curve.and_then(|curve| CurvePrivateKey::from_bytes(curve, scalar).ok()).map(TerminalKey::Ec))
}

impl std::fmt::Display for TerminalKeyRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no unencrypted private key in DER of a kind that terminals have here")
    }
}

impl std::error::Error for TerminalKeyRefused {}

#[cfg(test)]
mod tests {
    use super::*;

    // Test keys of OpenSSL 3.0 (`pkcs8 -topk8`; explicit parameters in the second) and of `cvc-create`, with its certificate.
    const NAMED: &str = "308187020100301306072A8648CE3D020106082A8648CE3D030107046D306B02010104200D76EB3A2A76336322F23B90677EA2E3D83940\
        6F9556DB379065EAF5D95B6C33A1440342000450F8D6237FB33BA666132F0BF91E57A91CC834039916192BDCFFF214095CF5FAD4CADC4E\
        FDB21A02D02169DAAD479159812E597614AA2C6DDC4ADB63E3AFC2D5";
    const EXPLICIT: &str = "308201610201003081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101022100A9FB57DBA1EEA9BC3E660A909D838D72\
        6E3BF623D52620282013481D1F6E5377304404207D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9042026\
        DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B60441048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3\
        BD23C23A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997022100A9FB57DBA1EEA9BC3E\
        660A909D838D718C397AA3B561A6F7901E0E82974856A7020101046D306B02010104201E7AAFEE2B71746A8296BD1B9B4B4E2268EAE19A\
        FE0DA2E19CA4593A4347FB6CA1440342000453EE5D5D26674C6977F59EC0E4A31CBBCE030B1533735B8434BFE241D4B0088E5A599003E8\
        9C84310A4CB7EFAB07A7F6199720C0AEB6EC694DDE1E94CF5D2519";
    const RSA_KEY: &str = "3082025C02010002818100CBDA9A56B3A2CE706081A6F938A23D01B49B8432AA63EDCCC4E459A2AAE9667B88B80173F78201F59C7AEBAA\
        3C631AB9E22C551E6071EB21B7F139E2F52B6D0F136B3F362C46BCE3AFCC1073F857C47995651DC72E803A37137335AA080B7589A326F9\
        9597C668F51F2B91496FC53BF4595C155E3A45D803F63B1F829DC9DD9B020301000102818047DB257E1C51EE0CC4A7CEF0985AEFC03326\
        8261CD97EDD1B93178BB131DB48724F91F61FE43B06720226001A0C99A391D955CE7993D6E9173222FB265934A1C5E41FD6A6E1966E9F1\
        BBFC3FE1E73125609197E9FFA67C731C2EA2D00BCAFC3BB2CF5B08A50162215210CD95552CB30D19A9FFBFD006D594CB415C32489CE6B9\
        024100E52BCB97647367CA6D5468FE168D3D75297171130758711E84BBF3EC0CADA3E8B29B8C86DD3615C655DE8ED535831DD8C3079D87\
        380561EE44795EFF31CC7755024100E3B80EE4B36A2D6661AF7ED06297FE761CDC9053EC7602B9C1CB674D405C7A49208FB48E9F80744F\
        387319FD7D33F107829D482837EF91952E4D9C2B4A66212F024024B5A93D2D08177E23993BE047B88439BA53C3AB2AA80E26B7586C3049\
        AF9EEBED806138514312A5DCA773F5CF469B87576666E37C23D0961C3DDCEBC00C62A9024100AA8DC771D942D4001377FAB61EB2125EEA\
        5CF428373967EF32CBA272449B3EE79860A96E0CDE8BBE6DDC1F82310CFF208DDE39160E56FB25CD8949474F30D0F70240665F7C47B42D\
        09B0D92BA50D0B319A540180734813FD98A2FF1687F3B0CB22E2BE1D013AF02AAE1CB459486C8A13CA8C992E5008B2398671196D27C9D7\
        9EDF6D";
    const CVC_CREATE: &str = "308201510201010420A8749DE8224E81559346762AE4A92E39F59D6EA015E49D7D2454E236143354A4A081E33081E0020101302C06072A\
        8648CE3D0101022100A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377304404207D5A0975FC2C3057EEF6\
        7530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9042026DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07\
        B60441048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745\
        132DED8E545C1D54C72F046997022100A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7020101A1440342\
        00049AEE393FA07BB4FC7A1395CABC6AC3C0E555F040A3AB9F51DA398BAA458F999E8072EC1DF803C000FCDF59BF6A56F1D734DB7AC3A0\
        CD02633E9CF604E6C4FB7A";
    const CERTIFICATE: &str = "7F2181DB7F4E81945F290100420B49544356434130303030317F494F060A04007F000702020202038641049AEE393FA07BB4FC7A1395CA\
        BC6AC3C0E555F040A3AB9F51DA398BAA458F999E8072EC1DF803C000FCDF59BF6A56F1D734DB7AC3A0CD02633E9CF604E6C4FB7A5F200B\
        49544953585830303030317F4C0E060904007F0007030102015301005F25060206010102025F24060207000100015F37404B36736F2CB7\
        9FC49E179B79CA25F32D3A0A4081C6BC8ECE036907A807E479DA99E7FAC16B7C53FD9E71646529A42430BD11D0C081BDDA1CE859C1640E\
        511613";

    fn read(hex: &str) -> Result<TerminalKey, TerminalKeyRefused> {
        TerminalKey::from_der(&hex::decode(hex).unwrap())
    }

    #[test]
    fn keys_of_other_programs() {
        for (hex, curve) in
            [(NAMED, Curve::P256), (EXPLICIT, Curve::BrainpoolP256r1), (CVC_CREATE, Curve::BrainpoolP256r1)]
        {
            let TerminalKey::Ec(key) = read(hex).unwrap() else { panic!("no curve") };
            assert_eq!(key.curve(), curve);
            // The public point stands at the end of each file.
            let point = hex::encode_upper(key.public().unwrap().octets());
            assert!(hex.ends_with(&point));
        }
        let wrapped = format!("30820276020100300D06092A864886F70D010101050004820260{RSA_KEY}");
        for hex in [RSA_KEY, &wrapped] {
            assert!(matches!(read(hex), Ok(TerminalKey::Rsa(_))));
        }
        let certificate = sigillo_cvc::CvCertificate::decode(&hex::decode(CERTIFICATE).unwrap()).unwrap();
        assert!(read(CVC_CREATE).unwrap().belongs_to(certificate.public_key()));
        for other in [NAMED, EXPLICIT, RSA_KEY] {
            assert!(!read(other).unwrap().belongs_to(certificate.public_key()));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        // 224 bits; a scalar of zeros; DSA's identifier; a longer file; nothing.
        let swapped = |from: &str, to: &str| {
            assert!(NAMED.contains(from));
            NAMED.replace(from, to)
        };
        for hex in [
            swapped("06082A8648CE3D030107", "06082A8648CE3D030101"),
            swapped("0D76EB3A2A76336322F23B90677EA2E3D839406F9556DB379065EAF5D95B6C33", &"00".repeat(32)),
            swapped("06072A8648CE3D0201", "06072A8648CE380401"),
            format!("{NAMED}00"),
            String::new(),
        ] {
            assert_eq!(read(&hex).unwrap_err().code(), "inspect.terminal-key-form");
        }
    }
}
