use serde::Deserialize;

use super::condition::Condition;
use super::data::DataCondition;
use super::expect::Expected;
use super::state::{KeyName, PasswordName, StartState};
use super::template::Template;

/// One step of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Step {
    /// What is done.
    pub verb: Verb,
    /// Only if this item of the conformance statement is so.
    pub only_if: Option<Condition>,
    /// How often.
    pub times: u32,
    /// Anything worth a word.
    pub note: String,
}

/// What a step does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verb {
    /// An APDU.
    Send(Box<Exchange>),
    /// One phase of a protocol, or all of them.
    Phase(Phase, Box<Exchange>),
    /// A whole file.
    Read {
        /// The standard's name.
        file: String,
        /// With which commands.
        by: ReadBy,
        /// What the first command answers.
        expect: Vec<Expected>,
        /// What the file must be.
        data: Vec<DataCondition>,
    },
    /// A named check.
    Check {
        /// Its name.
        name: String,
        /// The file that it looks at.
        file: Option<String>,
    },
    /// How the session stands.
    Session(SessionState),
    /// The same commands, from a reset on, to this chip and to another one of its kind: the answers must be the same.
    Twin(Vec<Template>),
    /// A reset of the chip.
    Reset,
    /// A reset, and the start state of this run once more.
    Restart,
    /// More of a start state, from where we are.
    Open(StartState),
}

/// How a session must stand.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionState {
    /// A protected probe is answered protected.
    Alive,
    /// A protected probe gets a plain error, and DG1 cannot be read.
    Ended,
    /// DG1 cannot be read plain; nothing is said of a session that was never open.
    None,
    /// Alive, if the last answer was protected; a plain one may have ended it.
    AliveIfProtected,
}

/// With the keys of which session a command is protected.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Under {
    /// The one that is open.
    #[default]
    Current,
    /// The one that the last Chip Authentication replaced.
    Previous,
    /// The one that the last refused Chip Authentication would have opened.
    Next,
}

/// What an ephemeral public key of the terminal must look like.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the first octet of this coordinate is 00, or that of the prime")]
#[non_exhaustive]
pub enum KeyShape {
    XSmall,
    XLarge,
    YSmall,
    YLarge,
}

/// Where the power fails while a command is carried out; the chip is reset behind it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Cut {
    /// At this point, counted from one: no answer comes.
    At(u32),
    /// At the point of this run, if the command has so many.
    Each(EachPoint),
}

/// The word `each`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[allow(clippy::exhaustive_enums, reason = "one word")]
pub enum EachPoint {
    /// The point of this run.
    Each,
}

/// What is sent, and what must come back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The command; the phase's own if there is none.
    pub send: Option<Template>,
    /// Without secure messaging although a session is open.
    pub plain: bool,
    /// As it stands: lengths and class are wrong on purpose.
    pub raw: bool,
    /// One of these.
    pub expect: Vec<Expected>,
    /// The form of the answer, if it is not the usual one.
    pub answer: Option<AnswerForm>,
    /// All of these.
    pub data: Vec<DataCondition>,
    /// The name under which the answer's data are kept.
    pub store: Option<String>,
    /// What is wrong about secure messaging.
    pub tamper: Option<Tamper>,
    /// The secure messaging objects, if not the right ones.
    pub objects: Option<Template>,
    /// The tags of the protected answer, in this order.
    pub answer_objects: Option<Vec<u8>>,
    /// Under which keys.
    pub under: Under,
    /// What the ephemeral key of this phase looks like.
    pub key: Option<KeyShape>,
    /// RND.IC as the terminal claims to have got it, for BAC.
    pub challenge: Option<Template>,
    /// Where the power fails while the command is carried out.
    pub cut: Option<Cut>,
    /// Status words with which the case ends here and is passed.
    pub end_if: Vec<Expected>,
}

/// A phase of a protocol.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the phases have the protocols' own names")]
#[non_exhaustive]
pub enum Phase {
    BacChallenge,
    BacAuthenticate { wrong_mrz: bool },
    BacAll { wrong_mrz: bool },
    PaceSetAt(PaceChoice),
    PaceNonce,
    PaceMap,
    PaceAgree,
    PaceToken,
    PaceAll(PaceChoice),
    CaKat(CaChoice),
    CaSetAt(CaChoice),
    CaAgree,
    CaAll(CaChoice),
    TaSetDst { reference: Option<Template>, certificate: Option<String> },
    TaVerify { certificate: String },
    TaSetAt { certificate: Option<String> },
    TaChallenge,
    TaAuthenticate,
    TaAll { chain: Vec<String> },
    ActiveAuthentication,
    ScpUpdate { keys: KeyName },
    ScpAuthenticate,
}

/// Which PACE.
#[derive(Clone, Debug, Default)]
pub struct PaceChoice {
    /// The password; the MRZ if none is named.
    pub password: Option<PasswordName>,
    /// Whether it is a wrong one.
    pub wrong: bool,
    /// Which entry of EF.CardAccess.
    pub info: Option<usize>,
    /// The first entry with this mapping.
    pub mapping: Option<String>,
}

/// Which Chip Authentication.
#[derive(Clone, Debug, Default)]
pub struct CaChoice {
    /// Which entry of DG14.
    pub info: Option<usize>,
    /// The first entry with this suite.
    pub suite: Option<String>,
}

/// With which commands a file is read.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReadBy {
    /// READ BINARY with a short file identifier.
    #[default]
    Sfi,
    /// SELECT by file identifier, then READ BINARY.
    Select,
    /// READ BINARY with odd INS.
    Odd,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AnswerForm {
    /// Valid secure messaging.
    Protected,
    /// No secure messaging objects.
    Plain,
    /// One or the other.
    Either,
}

/// What is wrong about the secure messaging of a command.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tamper {
    /// The checksum's last bit.
    MacWrong,
    /// No checksum.
    MacMissing,
    /// A checksum of seven octets.
    MacShort,
    /// Another ciphertext, under a right checksum.
    CryptogramWrong,
    /// Another ciphertext, after the checksum was made.
    CryptogramFlipped,
    /// Plaintext without padding, under a right checksum.
    PaddingWrong,
    /// A padding indicator of 02, under a right checksum.
    PaddingIndicator,
    /// No Le object, under a right checksum.
    LeMissing,
    /// Another Le, after the checksum was made.
    LeWrong,
    /// The last protected command's octets again.
    SscReplay,
    /// A counter one exchange too far.
    SscSkipped,
    /// The counter of the last answer again.
    SscNotAdvanced,
    /// A class octet without the bits of secure messaging.
    ClassPlain,
    /// A checksum over another P2.
    HeaderWrong,
    /// The checksum before the other objects.
    ObjectsSwapped,
    /// An object that nobody knows, under a right checksum.
    ObjectUnknown,
    /// The cryptogram's other tag, under a right checksum.
    OtherTag,
}

impl Phase {
    /// The certificates that it names.
    #[must_use]
    pub fn certificates(&self) -> Vec<&str> {
        match self {
            Self::TaSetDst { certificate, .. } | Self::TaSetAt { certificate } => {
                certificate.iter().map(String::as_str).collect()
            }
            Self::TaVerify { certificate } => vec![certificate],
            Self::TaAll { chain } => chain.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    send: Option<Template>,
    #[serde(default)]
    plain: bool,
    #[serde(default)]
    raw: bool,
    expect: Option<Vec<Expected>>,
    answer: Option<AnswerForm>,
    #[serde(default)]
    data: Vec<DataCondition>,
    store: Option<String>,
    tamper: Option<Tamper>,
    objects: Option<Template>,
    #[serde(default)]
    end_if: Vec<Expected>,
    answer_objects: Option<Vec<String>>,
    #[serde(default)]
    under: Under,
    key: Option<KeyShape>,
    challenge: Option<Template>,
    cut: Option<Cut>,

    read: Option<String>,
    by: Option<ReadBy>,
    check: Option<String>,
    file: Option<String>,
    session: Option<SessionState>,
    reset: Option<bool>,
    restart: Option<bool>,
    open: Option<StartState>,
    twin: Option<Vec<Template>>,
    bac: Option<String>,
    pace: Option<String>,
    ca: Option<String>,
    ta: Option<String>,
    scp: Option<String>,
    aa: Option<bool>,

    password: Option<String>,
    info: Option<usize>,
    mapping: Option<String>,
    suite: Option<String>,
    certificate: Option<String>,
    #[serde(default)]
    chain: Vec<String>,
    reference: Option<Template>,

    #[serde(rename = "if")]
    only_if: Option<Condition>,
    times: Option<u32>,
    #[serde(default)]
    note: String,
}

impl TryFrom<Raw> for Step {
    type Error = String;

    fn try_from(mut raw: Raw) -> Result<Self, String> {
        let verbs = [&raw.read, &raw.check, &raw.bac, &raw.pace, &raw.ca, &raw.ta, &raw.scp];
        let others = [
            raw.session.is_some(),
            raw.reset.is_some(),
            raw.restart.is_some(),
            raw.open.is_some(),
            raw.twin.is_some(),
            raw.aa.is_some(),
        ];
        let count = verbs.iter().filter(|verb| verb.is_some()).count() + others.iter().filter(|other| **other).count();
        let alone = count == 0 && raw.send.is_some();
        if !(count == 1 || alone) {
            return Err("a step has one verb".to_owned());
        }
        let (only_if, times) = (raw.only_if.take(), raw.times.unwrap_or(1));
        let note = std::mem::take(&mut raw.note);
        Ok(Self { verb: raw.verb()?, only_if, times, note })
    }
}

impl Raw {
    fn verb(mut self) -> Result<Verb, String> {
        if let Some(file) = self.read.take() {
            let expect = self.expect.take().unwrap_or_else(|| vec![Expected::SUCCESS]);
            return Ok(Verb::Read { file, by: self.by.unwrap_or_default(), expect, data: self.data });
        }
        if let Some(name) = self.check.take() {
            return Ok(Verb::Check { name, file: self.file });
        }
        if let Some(state) = self.session.take() {
            return Ok(Verb::Session(state));
        }
        if self.reset.is_some() {
            return Ok(Verb::Reset);
        }
        if self.restart.is_some() {
            return Ok(Verb::Restart);
        }
        if let Some(state) = self.open.take() {
            return Ok(Verb::Open(state));
        }
        if let Some(commands) = self.twin.take() {
            return Ok(Verb::Twin(commands));
        }
        let phase = self.phase()?;
        let tag = |hex: &String| u8::from_str_radix(hex, 16).map_err(|_| format!("no tag {hex}"));
        let answer_objects =
            self.answer_objects.map(|tags| tags.iter().map(tag).collect::<Result<_, _>>()).transpose()?;
        let exchange = Box::new(Exchange {
            send: self.send,
            plain: self.plain,
            raw: self.raw,
            expect: self.expect.unwrap_or_else(|| vec![Expected::SUCCESS]),
            answer: self.answer,
            data: self.data,
            store: self.store,
            tamper: self.tamper,
            objects: self.objects,
            end_if: self.end_if,
            answer_objects,
            under: self.under,
            key: self.key,
            challenge: self.challenge,
            cut: self.cut,
        });
        Ok(match phase {
            None => Verb::Send(exchange),
            Some(phase) => Verb::Phase(phase, exchange),
        })
    }

    fn phase(&mut self) -> Result<Option<Phase>, String> {
        let (name, wrong) = match self.password.take() {
            None => (None, false),
            Some(word) => {
                let wrong = word.ends_with("-wrong");
                let name = PasswordName::parse(word.trim_end_matches("-wrong"));
                (Some(name.ok_or_else(|| format!("no password {word}"))?), wrong)
            }
        };
        let pace = || PaceChoice { password: name, wrong, info: self.info, mapping: self.mapping.clone() };
        let ca = || CaChoice { info: self.info, suite: self.suite.clone() };
        let unknown = |protocol: &str, phase: &str| Err(format!("no phase {phase} of {protocol}"));
        let phase = if let Some(phase) = self.bac.as_deref() {
            match phase {
                "challenge" => Phase::BacChallenge,
                "authenticate" => Phase::BacAuthenticate { wrong_mrz: wrong },
                "all" => Phase::BacAll { wrong_mrz: wrong },
                _ => return unknown("bac", phase),
            }
        } else if let Some(phase) = self.pace.as_deref() {
            match phase {
                "set-at" => Phase::PaceSetAt(pace()),
                "nonce" => Phase::PaceNonce,
                "map" => Phase::PaceMap,
                "agree" => Phase::PaceAgree,
                "token" => Phase::PaceToken,
                "all" => Phase::PaceAll(pace()),
                _ => return unknown("pace", phase),
            }
        } else if let Some(phase) = self.ca.as_deref() {
            match phase {
                "kat" => Phase::CaKat(ca()),
                "set-at" => Phase::CaSetAt(ca()),
                "agree" => Phase::CaAgree,
                "all" => Phase::CaAll(ca()),
                _ => return unknown("ca", phase),
            }
        } else if let Some(phase) = self.ta.as_deref() {
            let named = || self.certificate.clone();
            match phase {
                "set-dst" => Phase::TaSetDst { reference: self.reference.clone(), certificate: named() },
                "verify" => Phase::TaVerify { certificate: named().ok_or("which certificate?")? },
                "set-at" => Phase::TaSetAt { certificate: named() },
                "challenge" => Phase::TaChallenge,
                "authenticate" => Phase::TaAuthenticate,
                "all" => Phase::TaAll { chain: self.chain.clone() },
                _ => return unknown("ta", phase),
            }
        } else if let Some(phase) = self.scp.as_deref() {
            match phase {
                "transport" => Phase::ScpUpdate { keys: KeyName::Transport },
                "formation" => Phase::ScpUpdate { keys: KeyName::Formation },
                "authenticate" => Phase::ScpAuthenticate,
                _ => return unknown("scp", phase),
            }
        } else if self.aa.is_some() {
            Phase::ActiveAuthentication
        } else {
            return Ok(None);
        };
        Ok(Some(phase))
    }
}
