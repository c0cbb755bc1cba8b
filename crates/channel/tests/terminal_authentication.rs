//! Terminal Authentication against the EAC worked examples (OpenPACE's `eactest.c` holds their values), and against itself.
//!
//! The example on prime fields has RSA certificates and a signature: our chip accepts the whole chain and the signature, our terminal
//! sends to the octet what was signed there. The example on elliptic curves is on brainpoolP512r1, which is not spoken here: OpenSSL
//! verifies its signature over the octets that both our ends put together.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a foreign program judges, by files")]

use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord, ins};
use sigillo_channel::ChannelError;
use sigillo_channel::terminal_authentication::chip::{Authenticated, TerminalAuthentication};
use sigillo_channel::terminal_authentication::terminal::{self, Progress};
use sigillo_channel::terminal_authentication::{Binding, CHALLENGE};
use sigillo_crypto::{Curve, CurvePrivateKey, HashAlgorithm, RsaPrivateKey, ScriptedEntropy, SeededEntropy};
use sigillo_cvc::issue::{Terms, issue, self_signed};
use sigillo_cvc::{
    CertificateBody, Chat, ChipState, CvCertificate, CvDate, CvPrivateKey, Effect, HolderReference, Role, RsaScheme,
    TerminalType, TrustPoint,
};

const RSA_ROOT: &str = "7F2182016A7F4E81E25F290100420F4445544553544356434130303030337F498194060A04007F00070202020101818180B5ADA440F26480\
                        3DBEEC57AB1FFBD12B42687423EC299DD52A6BB0345193D1E2A5BBC11955908A08760F400FA03D56097B5F2165648D85071A80A1B66FFA93\
                        21526DDA41E146D532991CA0C1DCFC8D0BBE298C1F0EDB57400FAED67E135D542471C82E351B06D43C946604FCBD5045056C4B8A7B98EC38\
                        72E41BB3D7A591CCAD82030100015F200F4445544553544356434130303030337F4C0E060904007F0007030102015301C35F250601000003\
                        02045F24060101000301095F378180A27ED830E99082E5813068B9B21662444ED1C8713ABA71985B5288F376423608B8EEC825173862F8DF\
                        9F259BCD611C96A2DBA86AC6C48A3310CFD6FADE9B4BD02BB520367AD90B379F6D35AD01D406F8CB1D94D025730A98D7DFBE3B0F74183531\
                        DE6E699D23652CE39067635A8D176C66064B79B7271A0EE600BAC94AD51E4F";
const RSA_VERIFIER: &str = "7F2182016C7F4E81E45F290100420F4445544553544356434130303030337F498194060A04007F00070202020101818180A08C4D11D699F4\
                            25B0E743BBA4F2196E05BC9EF24F53A6744290E6556E83E90577A930EC314A4F9F0333A0A01993110EC63486DF607FD7B3047479B0EC0904\
                            ACF8B6265CD0ABC3538F4D72395DD5F1E7A10818A7FAA01D25FF25BC6BF19CE86A208233C5437FF990FE94D1C25D59BEDB6AE79E4A76DE22\
                            79FCD6A5A3D66FF5F982030100015F200D444554455354445644453031397F4C12060904007F0007030102025305801FFFFF105F25060100\
                            000302045F24060100000402045F3781806B950F1FA8FEF861EEA75765C2805D79BB5D0D60878E930A8C17D3F92DCC2BE9547D31E4126B75\
                            10C35927E824BD0C64DC3396F5392AACF6F6499F1D88CAFAD94CA61624B6637C751BD035FC084BB89F50A900ECC18071258B316BDF3AF9D6\
                            1092A150056429E02D1A70DFC11E77D0FBBA00CB700A63209805968DBD17D36E75";
const RSA_TERMINAL: &str = "7F2182016A7F4E81E25F290100420D444554455354445644453031397F498194060A04007F000702020201018181809F7EF68E153DB4FD10\
                            84DDEDBEAE842C556D419FCB5EF621AA3751F0FC0CFD714FC0E768866B3F44E2725AF0351A97EDB1BA88DFDD9B4D81D408FE0763346A772C\
                            F64616465C8FD971B775D2E13426C5BC11894795C5AD2C3E426837F3A1019FE95124EA5D433E906D7993496321EFCBDBC32D93C0680B45F3\
                            B8F64A5DAFCFB982030100015F200D444554455354415444453031397F4C12060904007F000703010202530500000001105F250601000003\
                            02045F24060100000402045F3781808CB16126A1FDBB8248C88BDB1FB1199C3F253856FE10835F7BFF62A30BD281B8A1F0FE0381A5B0A426\
                            51F77DF7215221F0EDE488E689EA45CEE20B19C7B1D1EDB6AC21F34088819F6FD5DC333109E15A15DFF685A2B69D17D5E23DAFE363A8E763\
                            31CC25B913FB6ED830EB457AD0A67396A190CAE39CC6C2E4671E6052D3C22D";
const RSA_SIGNATURE: &str = "37C7360C55579DE28A41DF8A1D17032C4B9F90DF7F646DF33F77EF976AE4C45CDBA3776399648C755043790F0F19BFC146D053B77036CA9B\
                             24BFB4B7934FAC042671E23BE6E3CA2B246CE2066C1F0550383418192F06D6AD6C0ACB1E70BDEAD60EA10B31E074F49E5E8AEB54E6F4F83C\
                             E998957953F97F870058013D0E745D0A";
const RSA_CHALLENGE: &str = "FC210C174A801D46";
/// Keys of a prime field are compressed to their SHA-1.
const RSA_BINDING: [&str; 2] = ["F4874C8A068E57E7320B4BB7136859CBE3AC42C9", "7DF391B178B9F8F32BE6C65A3DBD92F1992B9A91"];

/// Public key of the terminal, signature and challenge of the example on elliptic curves.
const EC_KEY: &str = "043385B484E8E994C93F55ADF4A9C92DA3C063AC7D744E85D38EE070BF6FF8D7ABA2DE688724B27D6BAE2B1C8AE074C09BB8808CC83036B0\
                      692898711D3F6FC3213846E14B3154845084DFBC0EB70AE2BDEA8EEBD6796ACFA4C56F5703CE5A6EFE0A266E43C3F71A1B7EEC60E5C6F085\
                      0DC4D3455F53282C9FBCA85DC947D13BEE";
const EC_SIGNATURE: &str = "81A2D9E5891B86A0F01ADD0341C89D6E9EF3E20C223884F27B2F2040E9721C46C9C3CF7C0EE0A422263BA6F1EAFC693BD8738F34760B5998\
                            584F58DD25B8D60D99D7C45957C2E2F10C0E5F91A8DC88BD7CFA33CBF784A9DA83C800324165179DBE71C69B2C0FD811270E436C43278184\
                            DDB542142342DBF156E82D2A1BC19085";
const EC_CHALLENGE: &str = "547E4EAB03B235D2";
const EC_BINDING: [&str; 2] = [
    "282CF38073036AFAC216AF135BD994DA0C357F10BD4C34AFEA1042B2EB0FD680",
    "5A7A377FC9CAFC03AC7FF45441A8B2909D88EAB8E6B0173847AB49B949DF3799",
];

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn binding([id_picc, compressed_key]: [&str; 2]) -> Binding {
    Binding::new(&bytes(id_picc), &bytes(compressed_key))
}

fn day(month: u8, day: u8) -> CvDate {
    CvDate::new(2026, month, day).unwrap()
}

fn name(text: &str) -> HolderReference {
    HolderReference::decode(text.as_bytes()).unwrap()
}

fn success(data: &[u8]) -> ResponseApdu {
    ResponseApdu::new(data.to_vec(), StatusWord::Success)
}

/// A key on P-256 for each name of the tests' own certificates.
fn key(seed: u8) -> CvPrivateKey {
    let key = CurvePrivateKey::generate(Curve::P256, &mut SeededEntropy::new([seed; 32]));
    CvPrivateKey::Ec { hash: HashAlgorithm::Sha256, key }
}

/// A root, a document verifier and a terminal: the chip's trust point and the terminal's chain.
struct Offices {
    root: CvCertificate,
    chain: Vec<CvCertificate>,
    terminal_key: CvPrivateKey,
}

fn terms(holder: &str, role: Role, rights: u8) -> Terms {
    let template = Chat::new(TerminalType::InspectionSystem, role, rights);
    Terms { holder: name(holder), template, effective: day(1, 1), expiration: day(12, 31) }
}

fn certify(terms: Terms, subject: &CvPrivateKey, issuer: &str, by: &CvPrivateKey) -> CvCertificate {
    issue(terms, subject.public().unwrap(), &name(issuer), by, &mut SeededEntropy::new([9; 32])).unwrap()
}

static OFFICES: LazyLock<Offices> = LazyLock::new(|| {
    let (root, verifier, terminal) = (key(1), key(2), key(3));
    let mut entropy = SeededEntropy::new([8; 32]);
    Offices {
        root: self_signed(terms("ITCVCA00001", Role::Cvca, 3), &root, &mut entropy).unwrap(),
        chain: vec![
            certify(terms("ITDV00001", Role::DvDomestic, 3), &verifier, "ITCVCA00001", &root),
            certify(terms("ITIS00001", Role::Terminal, 1), &terminal, "ITDV00001", &verifier),
        ],
        terminal_key: terminal,
    }
});

/// What a chip keeps: its trust points and its date.
struct Kept {
    trust_points: Vec<TrustPoint>,
    date: CvDate,
}

impl Kept {
    fn new(root: &CvCertificate, date: CvDate) -> Self {
        Self { trust_points: vec![TrustPoint::from_certificate(root).unwrap()], date }
    }

    fn state(&self) -> ChipState<'_> {
        ChipState { trust_points: &self.trust_points, date: self.date }
    }

    fn commit(&mut self, effect: Effect) {
        self.trust_points.retain(|old| Some(old.reference()) != effect.removed_trust_point.as_ref());
        self.trust_points.extend(effect.new_trust_point);
        self.date = effect.new_date.unwrap_or(self.date);
    }
}

/// Dispatches a command as a chip does.
fn answer(
    chip: &mut TerminalAuthentication,
    kept: &mut Kept,
    command: &CommandApdu,
    entropy: &mut dyn sigillo_crypto::Entropy,
) -> Result<(Vec<u8>, Option<Authenticated>), ChannelError> {
    let (head, data) = (command.head(), command.data());
    match (head.ins, head.p1, head.p2) {
        (ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xB6) => chip.set_dst(&kept.state(), data)?,
        (ins::PERFORM_SECURITY_OPERATION, 0x00, 0xBE) => {
            let effect = chip.verify_certificate(&kept.state(), data)?;
            kept.commit(effect);
        }
        (ins::MANAGE_SECURITY_ENVIRONMENT, 0x81, 0xA4) => chip.set_at(data)?,
        (ins::GET_CHALLENGE, 0x00, 0x00) => return Ok((chip.challenge(entropy).to_vec(), None)),
        (ins::EXTERNAL_AUTHENTICATE, 0x00, 0x00) => return Ok((Vec::new(), Some(chip.external_authenticate(data)?))),
        _ => panic!("{head:?}"),
    }
    Ok((Vec::new(), None))
}

/// Both ends against each other up to the challenge; `sent` sees and may change each data field.
fn challenged(
    chain: Vec<CvCertificate>,
    chip: &mut TerminalAuthentication,
    kept: &mut Kept,
    entropy: &mut dyn sigillo_crypto::Entropy,
    binding: Binding,
    mut sent: impl FnMut(u8, &mut Vec<u8>),
) -> Result<terminal::Challenged, ChannelError> {
    let (mut step, mut command) = terminal::begin(chain, binding)?;
    loop {
        let head = command.head();
        let mut data = command.data().to_vec();
        sent(head.ins, &mut data);
        let command_as_seen = CommandApdu::new(head.cla, head.ins, head.p1, head.p2).with_data(data);
        let (octets, _) = answer(chip, kept, &command_as_seen, entropy)?;
        match step.answered(&success(&octets))? {
            Progress::Next(next, then) => (step, command) = (next, then),
            Progress::Sign(challenged) => return Ok(challenged),
        }
    }
}

fn our_binding() -> Binding {
    Binding::new(b"CA00000AA4", &[0xC0; 32])
}

fn ends() -> (TerminalAuthentication, Kept) {
    (TerminalAuthentication::new(our_binding()), Kept::new(&OFFICES.root, day(6, 1)))
}

/// A trust point with the key of the example's root. That root is for inspection systems, the chain for authentication
/// terminals, which a chip must refuse (a test of `cvc`): here it is for the kind of the chain.
fn example_trust_point(root: &CvCertificate, verifier: &CvCertificate) -> Kept {
    let mut octets = verifier.template().rights().octets().to_vec();
    octets[0] |= 0xC0;
    let body = CertificateBody {
        authority: name("DETESTCVCA00002"),
        public_key: root.public_key().clone(),
        holder: root.holder().clone(),
        template: Chat::from_octets(verifier.template().terminal_type().clone(), &octets).unwrap(),
        effective: root.effective(),
        expiration: root.expiration(),
        extensions: None,
    };
    // Nobody verifies a trust point's own signature.
    let content = [body.encode().unwrap(), sigillo_tlv::encode(0x5F37, &[0; 128])].concat();
    Kept::new(&CvCertificate::decode_content(&content).unwrap(), root.effective())
}

/// The chain and the signature of the worked example on prime fields, as a chip receives them.
#[test]
fn eac_worked_example_with_rsa() {
    let decode = |hex| CvCertificate::decode(&bytes(hex)).unwrap();
    let (root, verifier, terminal_certificate) = (decode(RSA_ROOT), decode(RSA_VERIFIER), decode(RSA_TERMINAL));
    let mut kept = example_trust_point(&root, &verifier);
    let mut chip = TerminalAuthentication::new(binding(RSA_BINDING));
    let mut draws = ScriptedEntropy::new([bytes(RSA_CHALLENGE)]);
    let mut commands = Vec::new();
    let chain = vec![verifier, terminal_certificate];
    let challenged = challenged(chain, &mut chip, &mut kept, &mut draws, binding(RSA_BINDING), |ins, data| {
        commands.push((ins, data.clone()));
    })
    .unwrap();
    let signed = [RSA_BINDING[0], RSA_CHALLENGE, RSA_BINDING[1]].concat();
    challenged.expose(|message| assert_eq!(hex::encode_upper(message), signed));
    let (_, command) = challenged.signed(&bytes(RSA_SIGNATURE));
    assert_eq!(hex::encode_upper(command.encode().as_slice()), format!("0082000080{RSA_SIGNATURE}"));
    let authenticated = chip.external_authenticate(command.data()).unwrap();
    assert_eq!(authenticated.terminal_type.oid(), bytes("04007F000703010202"), "an authentication terminal");
    // Each certificate travels as body and signature, behind the name of its issuer.
    let order: Vec<u8> = commands.iter().map(|(ins, _)| *ins).collect();
    assert_eq!(order, [0x22, 0x2A, 0x22, 0x2A, 0x22, 0x84]);
    assert_eq!(commands[0].1, [&[0x83, 15], b"DETESTCVCA00003".as_slice()].concat());
    assert_eq!(commands[1].1, bytes(RSA_VERIFIER)[5..]);
    assert_eq!(commands[4].1, [&[0x83, 13], b"DETESTATDE019".as_slice()].concat());

    let mut tampered = bytes(RSA_SIGNATURE);
    tampered[0] ^= 1;
    let mut chip = TerminalAuthentication::new(binding(RSA_BINDING));
    let mut draws = ScriptedEntropy::new([bytes(RSA_CHALLENGE)]);
    let mut kept = example_trust_point(&root, &decode(RSA_VERIFIER));
    let chain = vec![decode(RSA_VERIFIER), decode(RSA_TERMINAL)];
    challenged_quietly(chain, &mut chip, &mut kept, &mut draws);
    assert_eq!(chip.external_authenticate(&tampered).unwrap_err(), ChannelError::TaSignature);
}

fn challenged_quietly(
    chain: Vec<CvCertificate>,
    chip: &mut TerminalAuthentication,
    kept: &mut Kept,
    entropy: &mut dyn sigillo_crypto::Entropy,
) -> terminal::Challenged {
    challenged(chain, chip, kept, entropy, our_binding(), |_, _| {}).unwrap()
}

/// OpenSSL verifies the example's signature on brainpoolP512r1 over what our ends put together, and not over anything else.
#[test]
fn eac_worked_example_on_elliptic_curves() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, content: &[u8]| std::fs::write(folder.path().join(file), content).unwrap();
    // id-ecPublicKey, brainpoolP512r1
    let algorithm = bytes("301406072A8648CE3D020106092B240303020801010D");
    let key = sigillo_tlv::encode(0x03, &[vec![0], bytes(EC_KEY)].concat());
    write("key.der", &sigillo_tlv::encode(0x30, &[algorithm, key].concat()));
    write("signature", &sigillo_crypto::ecdsa_signature_to_der(&bytes(EC_SIGNATURE)).unwrap());
    let verify = |binding: Binding, challenge: &str| {
        let challenge: [u8; CHALLENGE] = bytes(challenge).try_into().unwrap();
        binding.expose(challenge, |message| write("message", message));
        let mut openssl = Command::new("openssl");
        openssl.args([
            "dgst",
            "-sha512",
            "-verify",
            "key.der",
            "-keyform",
            "DER",
            "-signature",
            "signature",
            "message",
        ]);
        openssl.current_dir(folder.path()).output().unwrap().status.success()
    };
    assert!(verify(binding(EC_BINDING), EC_CHALLENGE));
    assert!(!verify(binding(EC_BINDING), "547E4EAB03B235D3"));
    assert!(!verify(binding([EC_BINDING[1], EC_BINDING[0]]), EC_CHALLENGE));
}

#[test]
fn a_terminal_gets_what_its_whole_chain_allows() {
    let (mut chip, mut kept) = ends();
    let mut entropy = SeededEntropy::new([1; 32]);
    let challenged = challenged_quietly(OFFICES.chain.clone(), &mut chip, &mut kept, &mut entropy);
    let (pending, command) = challenged.sign(&OFFICES.terminal_key, &mut entropy).unwrap();
    let (octets, authenticated) = answer(&mut chip, &mut kept, &command, &mut entropy).unwrap();
    pending.finish(&success(&octets)).unwrap();
    let authenticated = authenticated.unwrap();
    assert_eq!((authenticated.terminal_type, authenticated.rights.bits()), (TerminalType::InspectionSystem, 1));
    // Once a session: no command but GET CHALLENGE is accepted any more.
    chip.challenge(&mut entropy);
    for refused in [
        chip.external_authenticate(&[0; 64]).map(|_| ()),
        chip.set_dst(&kept.state(), &bytes("830B49544356434130303030 31".replace(' ', "").as_str())),
        chip.verify_certificate(&kept.state(), &OFFICES.chain[0].content()).map(|_| ()),
        chip.set_at(&bytes("83094954495330303030 31".replace(' ', "").as_str())),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!((refused, u16::from(refused.chip_status())), (ChannelError::TaOrder, 0x6985));
    }
}

/// RSA by both schemes, and every curve that certificates may have.
#[test]
fn every_kind_of_key() {
    let mut entropy = SeededEntropy::new([2; 32]);
    let rsa = |scheme| CvPrivateKey::Rsa {
        scheme,
        hash: HashAlgorithm::Sha256,
        key: RsaPrivateKey::generate(1024, &mut SeededEntropy::new([7; 32])).unwrap(),
    };
    let curve = |curve| CvPrivateKey::Ec {
        hash: HashAlgorithm::Sha256,
        key: CurvePrivateKey::generate(curve, &mut SeededEntropy::new([7; 32])),
    };
    let curves = Curve::ALL.into_iter().filter(|curve| *curve != Curve::P521);
    let kinds = curves.map(curve).chain([RsaScheme::Pkcs1, RsaScheme::Pss].map(rsa));
    for key in kinds {
        let root = self_signed(terms("ITCVCA00001", Role::Cvca, 3), &key, &mut entropy).unwrap();
        let verifier = certify(terms("ITDV00001", Role::DvForeign, 2), &key, "ITCVCA00001", &key);
        let terminal = certify(terms("ITIS00001", Role::Terminal, 3), &key, "ITDV00001", &key);
        let (mut chip, mut kept) = (TerminalAuthentication::new(our_binding()), Kept::new(&root, day(6, 1)));
        let challenged = challenged_quietly(vec![verifier, terminal], &mut chip, &mut kept, &mut entropy);
        let (_, command) = challenged.sign(&key, &mut entropy).unwrap();
        assert_eq!(chip.external_authenticate(command.data()).unwrap().rights.bits(), 2);
    }
}

/// A link certificate moves the trust point; the chain goes on from it in the same session.
#[test]
fn a_link_leads_to_a_new_trust_point() {
    let (mut chip, mut kept) = ends();
    let mut entropy = SeededEntropy::new([3; 32]);
    let (root, next, terminal) = (key(1), key(11), key(12));
    let link = Terms { effective: day(7, 1), ..terms("ITCVCA00002", Role::Cvca, 1) };
    let chain = vec![
        certify(link, &next, "ITCVCA00001", &root),
        certify(terms("ITDV00002", Role::DvDomestic, 3), &key(2), "ITCVCA00002", &next),
        certify(terms("ITIS00002", Role::Terminal, 3), &terminal, "ITDV00002", &key(2)),
    ];
    let challenged = challenged_quietly(chain, &mut chip, &mut kept, &mut entropy);
    let (_, command) = challenged.sign(&terminal, &mut entropy).unwrap();
    assert_eq!(chip.external_authenticate(command.data()).unwrap().rights.bits(), 1);
    assert_eq!((kept.trust_points.len(), kept.date), (2, day(7, 1)));
}

/// Every order of commands but the right one ends in a refusal that leaves the chip as it was.
#[test]
fn commands_out_of_order() {
    let mut entropy = SeededEntropy::new([4; 32]);
    let code = |result: Result<(), ChannelError>| result.map_or_else(|refused| refused.code(), |()| "accepted");
    let name_of = |holder: &str| [&[0x83, u8::try_from(holder.len()).unwrap()], holder.as_bytes()].concat();
    let [verifier, terminal] = [OFFICES.chain[0].content(), OFFICES.chain[1].content()];
    let (mut chip, kept) = ends();
    let state = kept.state();
    // Nothing is selected.
    assert_eq!(code(chip.verify_certificate(&state, &verifier).map(|_| ())), "ta.order");
    assert_eq!(code(chip.set_at(&name_of("ITIS00001"))), "ta.key-reference");
    assert_eq!(code(chip.external_authenticate(&[0; 64]).map(|_| ())), "ta.order");
    assert_eq!(code(chip.set_dst(&state, &name_of("ITDV00001"))), "ta.key-reference", "not verified yet");
    // A wrong name takes the selection back, a certificate uses it up.
    assert_eq!(code(chip.set_dst(&state, &name_of("ITCVCA00001"))), "accepted");
    assert_eq!(code(chip.set_dst(&state, &name_of("ITCVCA00009"))), "ta.key-reference");
    assert_eq!(code(chip.verify_certificate(&state, &verifier).map(|_| ())), "ta.order");
    assert_eq!(code(chip.set_dst(&state, &name_of("ITCVCA00001"))), "accepted");
    assert_eq!(code(chip.verify_certificate(&state, &terminal).map(|_| ())), "cvc.issuer");
    assert_eq!(code(chip.verify_certificate(&state, &verifier).map(|_| ())), "ta.order");
    assert_eq!(code(chip.set_dst(&state, &name_of("ITCVCA00001"))), "accepted");
    assert_eq!(code(chip.verify_certificate(&state, &verifier).map(|_| ())), "accepted");
    // A document verifier signs no challenge.
    assert_eq!(code(chip.set_at(&name_of("ITDV00001"))), "ta.key-reference");
    assert_eq!(code(chip.set_dst(&state, &name_of("ITDV00001"))), "accepted");
    assert_eq!(code(chip.verify_certificate(&state, &terminal).map(|_| ())), "accepted");
    // The certificate verified last takes the place of the one before it.
    assert_eq!(code(chip.set_dst(&state, &name_of("ITDV00001"))), "ta.key-reference");
    assert_eq!(code(chip.set_at(&name_of("ITIS00009"))), "ta.key-reference");
    // A challenge before MSE:Set AT, and one that was asked for twice, serve nothing.
    let sign = |challenge: [u8; CHALLENGE], entropy: &mut SeededEntropy| {
        our_binding().expose(challenge, |message| OFFICES.terminal_key.sign(message, entropy)).unwrap()
    };
    let early = chip.challenge(&mut entropy);
    assert_eq!(code(chip.set_at(&name_of("ITIS00001"))), "accepted");
    assert_eq!(code(chip.external_authenticate(&sign(early, &mut entropy)).map(|_| ())), "ta.order");
    let first = chip.challenge(&mut entropy);
    let second = chip.challenge(&mut entropy);
    assert_ne!(first, second);
    assert_eq!(code(chip.external_authenticate(&sign(first, &mut entropy)).map(|_| ())), "ta.signature");
    // A challenge serves one attempt; secure messaging goes on, so does the terminal.
    assert_eq!(code(chip.external_authenticate(&sign(second, &mut entropy)).map(|_| ())), "ta.order");
    let third = chip.challenge(&mut entropy);
    assert_eq!(code(chip.external_authenticate(&sign(third, &mut entropy)).map(|_| ())), "accepted");
}

/// A new certificate takes back the key that was selected for signatures, and the challenge.
#[test]
fn a_certificate_after_the_key_was_selected() {
    let (mut chip, mut kept) = ends();
    let mut entropy = SeededEntropy::new([5; 32]);
    let challenged = challenged_quietly(OFFICES.chain.clone(), &mut chip, &mut kept, &mut entropy);
    chip.set_dst(&kept.state(), &[&[0x83, 11], b"ITCVCA00001".as_slice()].concat()).unwrap();
    chip.verify_certificate(&kept.state(), &OFFICES.chain[0].content()).unwrap();
    let (_, command) = challenged.sign(&OFFICES.terminal_key, &mut entropy).unwrap();
    assert_eq!(chip.external_authenticate(command.data()).unwrap_err(), ChannelError::TaOrder);
    let challenge = chip.challenge(&mut entropy);
    let signature =
        our_binding().expose(challenge, |message| OFFICES.terminal_key.sign(message, &mut entropy)).unwrap();
    assert_eq!(chip.external_authenticate(&signature).unwrap_err(), ChannelError::TaOrder);
}

#[test]
fn data_that_are_no_names_or_certificates() {
    let kept = Kept::new(&OFFICES.root, day(6, 1));
    for data in ["", "83", "8300", "8211495443564341303030303 1", "830149", "8309495449533030303031 00", "800100"] {
        let data = bytes(&data.replace(' ', ""));
        let mut chip = TerminalAuthentication::new(our_binding());
        for refused in [chip.set_dst(&kept.state(), &data).unwrap_err(), chip.set_at(&data).unwrap_err()] {
            assert_eq!((refused.code(), u16::from(refused.chip_status())), ("ta.object", 0x6A80), "{data:02X?}");
        }
    }
    let with_protocol = bytes("800A04007F00070202020203830949544953303030 3031".replace(' ', "").as_str());
    assert_eq!(TerminalAuthentication::new(our_binding()).set_at(&with_protocol).unwrap_err().code(), "ta.object");
    let mut chip = TerminalAuthentication::new(our_binding());
    let root = [&[0x83, 11], b"ITCVCA00001".as_slice()].concat();
    let content = OFFICES.chain[0].content();
    let mut damaged = content.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for (data, code, status) in [
        (content[..content.len() - 1].to_vec(), "cvc.objects", 0x6A80),
        (Vec::new(), "cvc.objects", 0x6A80),
        (OFFICES.chain[0].encode(), "cvc.objects", 0x6A80),
        (damaged, "cvc.signature", 0x6300),
    ] {
        chip.set_dst(&kept.state(), &root).unwrap();
        let refused = chip.verify_certificate(&kept.state(), &data).unwrap_err();
        assert_eq!((refused.code(), u16::from(refused.chip_status())), (code, status));
    }
}

#[test]
fn what_a_terminal_refuses() {
    let chain = || OFFICES.chain.clone();
    let code = |chain: Vec<CvCertificate>| terminal::begin(chain, our_binding()).map(|_| ()).unwrap_err().code();
    assert_eq!(code(Vec::new()), "ta.chain");
    assert_eq!(code(chain()[..1].to_vec()), "ta.chain", "ends at a document verifier");
    assert_eq!(code(chain().into_iter().rev().collect()), "ta.chain");
    assert_eq!(code(vec![OFFICES.root.clone(), chain()[1].clone()]), "ta.chain");
    let (step, _) = terminal::begin(chain(), our_binding()).unwrap();
    assert_eq!(step.answered(&success(&[0])).unwrap_err().code(), "ta.object");
    let (step, _) = terminal::begin(chain(), our_binding()).unwrap();
    let refusal = ResponseApdu::from(StatusWord::from(0x6A88));
    assert_eq!(step.answered(&refusal).unwrap_err().code(), "channel.refused");
    for length in [0, 7, 9] {
        let (mut step, _) = terminal::begin(chain(), our_binding()).unwrap();
        for _ in 0..5 {
            let Progress::Next(next, _) = step.answered(&success(&[])).unwrap() else {
                panic!("a challenge too early")
            };
            step = next;
        }
        assert_eq!(step.answered(&success(&vec![1; length])).unwrap_err().code(), "channel.length");
    }
    let (mut chip, mut kept) = ends();
    let challenged = challenged_quietly(chain(), &mut chip, &mut kept, &mut SeededEntropy::new([6; 32]));
    let (pending, _) = challenged.signed(&[0; 64]);
    assert_eq!(
        pending.finish(&ResponseApdu::from(StatusWord::AuthenticationFailed)).unwrap_err().code(),
        "channel.refused"
    );
    let (mut chip, mut kept) = ends();
    let challenged = challenged_quietly(chain(), &mut chip, &mut kept, &mut SeededEntropy::new([6; 32]));
    assert!(!format!("{challenged:?}").contains("CA00000AA4"), "a document number");
    assert_eq!(challenged.signed(&[0; 64]).0.finish(&success(&[0])).unwrap_err().code(), "ta.object");
}

/// A signature for one chip or session serves no other.
#[test]
fn a_signature_is_bound() {
    let mut entropy = SeededEntropy::new([10; 32]);
    for other in [Binding::new(b"CA00000AA5", &[0xC0; 32]), Binding::new(b"CA00000AA4", &[0xC1; 32])] {
        let (mut chip, mut kept) = ends();
        let chain = OFFICES.chain.clone();
        let challenged = challenged(chain, &mut chip, &mut kept, &mut entropy, other, |_, _| {}).unwrap();
        let (_, command) = challenged.sign(&OFFICES.terminal_key, &mut entropy).unwrap();
        let refused = chip.external_authenticate(command.data()).unwrap_err();
        assert_eq!((refused, u16::from(refused.chip_status())), (ChannelError::TaSignature, 0x6300));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One altered bit in any command never ends in rights.
    #[test]
    fn a_flipped_bit_never_authenticates(seed: [u8; 32], step in 0..6usize, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (mut chip, mut kept) = ends();
        let mut entropy = SeededEntropy::new(seed);
        let mut sent = 0;
        let outcome = challenged(OFFICES.chain.clone(), &mut chip, &mut kept, &mut entropy, our_binding(), |_, data| {
            if sent == step && !data.is_empty() { *at.get_mut(data) ^= 1 << bit; }
            sent += 1;
        });
        if let Ok(challenged) = outcome {
            prop_assert_eq!(step, 5, "a command without data");
            let (_, command) = challenged.sign(&OFFICES.terminal_key, &mut entropy).unwrap();
            let mut signature = command.data().to_vec();
            *at.get_mut(&mut signature) ^= 1 << bit;
            prop_assert_eq!(chip.external_authenticate(&signature).unwrap_err(), ChannelError::TaSignature);
        }
    }

    #[test]
    fn any_data_are_refused(data in prop::collection::vec(any::<u8>(), 0..90)) {
        let kept = Kept::new(&OFFICES.root, day(6, 1));
        let mut chip = TerminalAuthentication::new(our_binding());
        prop_assert!(chip.set_dst(&kept.state(), &data).is_err());
        prop_assert!(chip.set_at(&data).is_err());
        chip.set_dst(&kept.state(), &[&[0x83, 11], b"ITCVCA00001".as_slice()].concat()).unwrap();
        prop_assert!(chip.verify_certificate(&kept.state(), &data).is_err());
        chip.challenge(&mut SeededEntropy::new([1; 32]));
        prop_assert!(chip.external_authenticate(&data).is_err());
    }
}
