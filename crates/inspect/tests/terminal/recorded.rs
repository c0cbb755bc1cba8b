//! Chips that speak with the voice of a standard's worked example: no answer here was made by this program.
//!
//! | chip | answers | from |
//! |---|---|---|
//! | PACE, generic mapping | EF.CardAccess, four steps, SELECT in the session | ICAO 9303-11 Appendix G.1; the answer to SELECT as readers' tests publish it |
//! | PACE, chip authentication mapping | four steps | ICAO 9303-11 Appendix I, as gmrtd quotes it |
//! | BAC | challenge and authentication | ICAO 9303-11 Appendix D |
//!
//! An example has no files behind its session: the card is taken out there, and the checks say how far it came.

use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::ScriptedEntropy;
use sigillo_inspect::{Access, ReadOutcome, ReadSession, Request, judge};

use crate::personalized::{bytes, now};
use crate::protocols::failures;

struct Recorded {
    mrz_information: &'static str,
    draws: Vec<Vec<u8>>,
    /// What our terminal must send, where the example says it, and the answer.
    exchange: Vec<(Option<String>, String)>,
}

const TERMINAL_MAPPING: &str = "047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E\
                                544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D";
const CHIP_MAPPING: &str = "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57\
                            30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54";
const TERMINAL_KEY: &str = "042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C\
                            3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462";
const CHIP_KEY: &str = "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB\
                        7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094";

fn appendix_g_1() -> Recorded {
    let sent = |command: &str| Some(command.to_owned());
    Recorded {
        mrz_information: "T22000129364081251010318",
        draws: vec![
            bytes("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99"),
            bytes("A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"),
        ],
        exchange: vec![
            (None, "31143012060A04007F0007020204020202010202010D9000".into()),
            (sent("0022C1A40F800A04007F00070202040202830101"), "9000".into()),
            (sent("10860000027C0000"), "7C12801095A3A016522EE98D01E76CB6B98B42C39000".into()),
            (Some(format!("10860000457C438141{TERMINAL_MAPPING}00")), format!("7C438241{CHIP_MAPPING}9000")),
            (Some(format!("10860000457C438341{TERMINAL_KEY}00")), format!("7C438441{CHIP_KEY}9000")),
            (sent("008600000C7C0A8508C2B0BD78D94BA86600"), "7C0A86083ABB9674BCE93C089000".into()),
            (
                sent("0CA4040C1D871101752F676B09FAC86A87D632749A49C7CC8E08C18BA1FCE707BD9F00"),
                "990290008E08BEA7B381C494A0799000".into(),
            ),
        ],
    }
}

fn appendix_i() -> Recorded {
    let answers = [
        // EF.CardAccess by hand: the example's entry alone.
        "31143012060A04007F0007020204060202010202010D9000",
        "9000",
        "7C128010CB60E8E0D85B76A9BD304747C2AD42E29000",
        "7C43824104A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B304F365713A356E65A451E165ECC9AC0AC46E3771\
         342C8FE5AEDD092685338E239000",
        "7C4384410402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA993333111C3B9B4C2287789BD137E7F8AA882E2A3C633CC\
         D6ECC2C63C57AD401A09C2E19000",
        "7C3C86088596CF055C67C1A38A301EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28A\
         A8DE2F4F929000",
    ];
    Recorded {
        mrz_information: "C11T002JM496081222310314",
        draws: vec![
            bytes("5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC"),
            bytes("76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120"),
        ],
        exchange: answers.into_iter().map(|answer| (None, answer.to_owned())).collect(),
    }
}

fn appendix_d() -> Recorded {
    Recorded {
        mrz_information: "L898902C<369080619406236",
        draws: vec![bytes("781723860C06C226"), bytes("0B795240CB7049B01C19B33E32804F0B")],
        exchange: vec![
            (None, "6A82".into()),
            (None, "9000".into()),
            (Some("0084000008".into()), "4608F919887022129000".into()),
            (
                Some(
                    "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
                        .into(),
                ),
                "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000".into(),
            ),
        ],
    }
}

impl Recorded {
    /// Plays the recording until it ends, then takes the card out.
    fn play(&self) -> ReadOutcome {
        let mut draws = ScriptedEntropy::new(self.draws.clone());
        let request = Request::with_mrz(MrzSecret::from_mrz_information(self.mrz_information)).short_only();
        let mut terminal = ReadSession::new(request, &mut draws);
        for (expected, answer) in &self.exchange {
            let Action::Transmit(command) = terminal.next_action() else { panic!("another command is due") };
            if let Some(expected) = expected {
                assert_eq!(hex::encode_upper(command), *expected);
            }
            if terminal.handle(Event::Response(&bytes(answer))).is_err() {
                return terminal.into_outcome();
            }
        }
        terminal.handle(Event::CardRemoved).unwrap_err();
        terminal.into_outcome()
    }

    /// The recording with one octet of one answer changed.
    fn with(mut self, answer: usize, at: usize) -> Self {
        let mut octets = bytes(&self.exchange[answer].1);
        octets[at] ^= 0x01;
        self.exchange[answer].1 = hex::encode_upper(octets);
        self.exchange.iter_mut().for_each(|(expected, _)| *expected = None);
        self
    }
}

fn failed(outcome: &ReadOutcome) -> Vec<(String, String)> {
    let checks = judge(outcome, &[], None, now());
    failures(&checks).into_iter().map(|(name, code)| (name.to_owned(), code.to_owned())).collect()
}

#[test]
fn the_worked_examples_open_their_sessions() {
    for (recorded, by_pace) in [(appendix_g_1(), true), (appendix_i(), true), (appendix_d(), false)] {
        let outcome = recorded.play();
        assert_eq!(matches!(outcome.access, Some(Access::Pace { .. })), by_pace);
        assert!(outcome.access.is_some());
        assert_eq!(failed(&outcome), [("session.integrity".to_owned(), "inspect.card-removed".to_owned())]);
    }
}

/// One octet of a published answer changed: the check that must find it, and never another protocol.
#[test]
fn altered_examples_are_found_by_name() {
    for (recorded, check, code) in [
        (appendix_g_1().with(1, 0), "access.pace", "channel.refused"),
        (appendix_g_1().with(2, 1), "access.pace", "pace.object"),
        (appendix_g_1().with(3, 20), "access.pace", "pace.key"),
        (appendix_g_1().with(4, 20), "access.pace", "pace.key"),
        (appendix_g_1().with(5, 5), "access.pace", "pace.card-token"),
        (appendix_g_1().with(6, 8), "session.integrity", "sm.mac"),
        (appendix_i().with(2, 8), "access.pace", "pace.card-token"),
        (appendix_i().with(5, 5), "access.pace", "pace.card-token"),
        (appendix_i().with(5, 13), "access.pace", "pace.object"),
        (appendix_d().with(3, 39), "access.bac", "bac.card-answer"),
        (appendix_d().with(2, 3), "access.bac", "bac.card-answer"),
    ] {
        assert_eq!(failed(&recorded.play()), [(check.to_owned(), code.to_owned())]);
    }
}
