//! The form of a suite: envelope, groups, and the three kinds of case; what is not listed here is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One file, with the kind of case that its schema has.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Suite<C> {
    /// Name of the schema, with its version.
    pub schema: String,
    /// Name of the suite, which is the file's.
    pub suite: String,
    /// Which clauses it rests on.
    pub citations: Vec<Citation>,
    /// What each flag means.
    pub notes: BTreeMap<String, Note>,
    /// The number of cases.
    pub count: usize,
    /// Why no case comes from a foreign source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_foreign_source: Option<String>,
    /// The cases, by where they come from.
    pub groups: Vec<Group<C>>,
}

/// A suite of any schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// Cases with `op`, `input` and `expect`.
    Operations(Suite<OperationCase>),
    /// Cells of the life cycles.
    Transitions(Suite<TransitionCase>),
    /// Raw APDUs on a chip.
    Sessions(Suite<SessionCase>),
}

/// A clause of a standard.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Key of the document.
    pub doc: String,
    /// Its edition.
    pub edition: String,
    /// The clause.
    pub clause: String,
}

/// What a flag means.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What kind of case it marks.
    pub kind: NoteKind,
    /// Why there are such cases.
    pub why: String,
}

/// What kind of case a flag marks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// The rule itself.
    Basic,
    /// The rule at its edge.
    Edge,
    /// What no sender may write.
    Malformed,
    /// What somebody changed.
    Tampered,
    /// What a lost power supply leaves.
    Tearing,
}

/// Cases of one source.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Group<C> {
    /// Where their expected values come from.
    pub source: Source,
    /// The structure that a chip session builds; chip sessions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The cases.
    pub cases: Vec<C>,
}

/// Where expected values come from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How they came about.
    pub method: Method,
    /// The document or program.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// How to make them again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// How expected values came about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Printed in a standard.
    StandardWorkedExample,
    /// Computed by a program that shares none of our code.
    IndependentImplementation,
    /// Computed by our own.
    OwnGenerator,
}

/// A case that names an operation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OperationCase {
    /// `suite/NNNN`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Which notes explain it.
    pub flags: Vec<String>,
    /// Why it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// The operation.
    pub op: String,
    /// What goes in.
    pub input: Value,
    /// What comes out.
    pub expect: Expect,
}

/// A cell of a life cycle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TransitionCase {
    /// `suite/NNNN`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Which notes explain it.
    pub flags: Vec<String>,
    /// Why it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// `card` or `permit`.
    pub machine: String,
    /// The state before.
    pub from: String,
    /// The event.
    pub event: String,
    /// The state after, or a refusal.
    pub expect: Expect,
}

/// A session with a new chip.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionCase {
    /// `suite/NNNN`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Which notes explain it.
    pub flags: Vec<String>,
    /// Why it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// The chip as its vendor delivers it.
    pub chip: ChipSpec,
    /// Every draw of randomness, in order, hexadecimal.
    pub rng: Vec<String>,
    /// What happens.
    pub steps: Vec<Step>,
    /// How it ends.
    pub expect: Expect,
}

/// A chip as its vendor delivers it: serial and transport keys, hexadecimal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChipSpec {
    /// Ten octets.
    pub serial: String,
    /// Transport key ENC.
    pub enc: String,
    /// Transport key MAC.
    pub mac: String,
    /// Transport key DEK.
    pub dek: String,
}

/// One step of a session; octets are hexadecimal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// A command and its answer.
    Apdu {
        /// The command.
        command: String,
        /// The data of the answer.
        response: String,
        /// The status word.
        sw: String,
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Power off and on again.
    Reset {
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A command during which the power fails at the n-th cut point, before any answer; a reset follows.
    Cut {
        /// The command.
        command: String,
        /// Which cut point, counted from 1.
        point: u32,
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

/// What a case must come to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The verdict.
    pub result: Ruling,
    /// Who refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where: an offset, an entry's number, a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// Which field of a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The whole result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// There are two verdicts, and no third.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// It is right.
    Accept,
    /// One thing is wrong with it.
    Reject,
}

/// Who refuses.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the stage's own name")]
pub enum Stage {
    Apdu,
    Tlv,
    Crypto,
    Lds,
    Image,
    Sod,
    Certificate,
    Channel,
    Access,
    Chip,
    Profile,
    Plan,
    Permit,
    Journal,
    Record,
    Terminal,
    Codes,
}

impl Document {
    /// Reads a suite by its schema; the text of the refusal says what is wrong and where.
    ///
    /// # Errors
    ///
    /// What a schema would refuse: JSON of another form, an unknown schema, an unknown field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let head: Head = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let read = match head.schema.as_str() {
            "life_cycle.v1" => serde_json::from_str(text).map(Self::Transitions),
            "chip_session.v1" => serde_json::from_str(text).map(Self::Sessions),
            schema if OPERATION_SCHEMAS.contains(&schema) => serde_json::from_str(text).map(Self::Operations),
            schema => return Err(format!("no reader for the schema {schema}")),
        };
        read.map_err(|error| error.to_string())
    }

    /// The one text of a suite: two blanks, fields in the order of the envelope, names inside inputs and outputs sorted.
    ///
    /// # Errors
    ///
    /// Only what JSON cannot express, which no parsed suite holds.
    pub fn text(&self) -> Result<String, String> {
        let text = match self {
            Self::Operations(suite) => serde_json::to_string_pretty(suite),
            Self::Transitions(suite) => serde_json::to_string_pretty(suite),
            Self::Sessions(suite) => serde_json::to_string_pretty(suite),
        };
        text.map(|text| text + "\n").map_err(|error| error.to_string())
    }
}

impl Source {
    /// Whether the values come from somebody else.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.method != Method::OwnGenerator
    }
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

const OPERATION_SCHEMAS: [&str; 13] = [
    "lds_codec.v1",
    "codec.v1",
    "channel.v1",
    "key_derivation.v1",
    "sod_verify.v1",
    "journal.v1",
    "request.v1",
    "plan.v1",
    "record.v1",
    "terminal.v1",
    "codes.v1",
    "causes.v1",
    "exchange.v1",
];
