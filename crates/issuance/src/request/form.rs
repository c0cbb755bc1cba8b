use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sigillo_crypto::{Entropy, sha256};

use super::refused::RequestRefused;
use crate::canonical;
use crate::operator::ChangeAct;
use crate::trace::Token;

/// No signed request is longer.
pub const MAX_REQUEST: usize = 4096;

/// What is to be done: the act, what it is about, and with what; the command line says it, and the request must be for nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// The act.
    pub act: ChangeAct,
    /// The kind and the name of what it is about: `lot/1`, `card/00010203040506070809`.
    pub subject: Token,
    /// SHA-256 of the canonical arguments.
    pub arguments: [u8; 32],
}

impl Order {
    /// An order about something of the kind that the table of acts names.
    ///
    /// # Errors
    ///
    /// `request.subject` for a name that is no short technical word, `request.form` for arguments without canonical form.
    pub fn new(act: ChangeAct, name: &str, arguments: &Value) -> Result<Self, RequestRefused> {
        let subject = Token::parse(&format!("{}/{name}", act.row().on)).map_err(|_| RequestRefused::Subject)?;
        let arguments = canonical::canonical(arguments).map_err(|_| RequestRefused::Form)?;
        Ok(Self { act, subject, arguments: sha256(&arguments) })
    }

    /// The name behind the kind.
    pub fn name(&self) -> &str {
        self.subject.as_str().split_once('/').map_or("", |(_, name)| name)
    }
}

/// What makes a request the only one of its kind: 16 random octets.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Reads 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut octets = [0; 16];
        hex::decode_to_slice(text, &mut octets).ok()?;
        (hex::encode(octets) == text).then_some(Self(octets))
    }
}

/// 32 lower-case hexadecimal digits.
impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A change that an operator asks for.
///
/// | member      | value                                                        |
/// |-------------|--------------------------------------------------------------|
/// | `v`         | 1                                                            |
/// | `id`        | 16 random octets, hexadecimal                                |
/// | `at`        | when he asks, RFC 3339, UTC                                  |
/// | `operator`  | who asks                                                     |
/// | `act`       | a name of the table of acts                                  |
/// | `subject`   | kind and name of what it is about                            |
/// | `arguments` | SHA-256 of the canonical arguments, hexadecimal              |
///
/// Signed are the octets of [`ChangeRequest::message`]: `sigillo/v1/request` ‖ the canonical form (RFC 8785) of these members.
/// Spec: `rfc-8785#canonicalization`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeRequest {
    /// What no other request has.
    pub id: RequestId,
    /// When he asks.
    pub at: Timestamp,
    /// Who asks.
    pub operator: Token,
    /// For what.
    pub order: Order,
}

impl ChangeRequest {
    /// A request that nobody made before.
    pub fn new(operator: Token, at: Timestamp, order: Order, entropy: &mut dyn Entropy) -> Self {
        let mut id = [0; 16];
        entropy.fill(&mut id);
        Self { id: RequestId(id), at, operator, order }
    }

    /// The octets that are signed.
    pub fn message(&self) -> Vec<u8> {
        let value = serde_json::to_value(WrittenRequest::of(self)).unwrap_or(Value::Null);
        // Strings and a one: the canonical form always exists.
        [DOMAIN.as_bytes(), &canonical::canonical(&value).unwrap_or_default()].concat()
    }

    /// SHA-256 of [`ChangeRequest::message`]: what the trace binds, and what ECDSA signs.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.message())
    }
}

/// A request and the signatures of those who ask for it: ECDSA on P-256 with SHA-256, DER, by name.
///
/// | member       | value                                          |
/// |--------------|------------------------------------------------|
/// | `v`          | 1                                              |
/// | `request`    | the request                                    |
/// | `signatures` | name → signature, hexadecimal; at most two      |
///
/// The file is the canonical form of these members, and nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedRequest {
    request: ChangeRequest,
    signatures: BTreeMap<Token, Vec<u8>>,
}

impl SignedRequest {
    /// A request that nobody signed yet.
    pub const fn unsigned(request: ChangeRequest) -> Self {
        Self { request, signatures: BTreeMap::new() }
    }

    /// Adds a signature over [`ChangeRequest::message`]; a second one of the same name takes the place of the first.
    pub fn sign(&mut self, name: Token, signature: Vec<u8>) {
        self.signatures.insert(name, signature);
    }

    /// The request.
    pub const fn request(&self) -> &ChangeRequest {
        &self.request
    }

    /// Who signed, and what.
    pub const fn signatures(&self) -> &BTreeMap<Token, Vec<u8>> {
        &self.signatures
    }

    /// The canonical octets.
    pub fn encode(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|(name, signature)| (name.clone(), hex::encode(signature)));
        let written =
            WrittenSigned { v: VERSION, request: WrittenRequest::of(&self.request), signatures: signatures.collect() };
        let value = serde_json::to_value(written).unwrap_or(Value::Null);
        canonical::canonical(&value).unwrap_or_default()
    }

    /// Reads what [`SignedRequest::encode`] wrote; believes nothing.
    ///
    /// # Errors
    ///
    /// `request.form` for anything else than the canonical octets of a signed request, `request.version`, `request.act` for an act
    /// that the table does not have, `request.subject` for one about another kind of thing than its act.
    pub fn decode(octets: &[u8]) -> Result<Self, RequestRefused> {
        if octets.len() > MAX_REQUEST {
            return Err(RequestRefused::Form);
        }
        let written: WrittenSigned = serde_json::from_slice(octets).map_err(|_| RequestRefused::Form)?;
        if written.v != VERSION {
            return Err(RequestRefused::Version);
        }
        let decoded = |(name, signature): (Token, String)| Some((name, hex::decode(signature).ok()?));
        let signatures: Option<BTreeMap<_, _>> = written.signatures.into_iter().map(decoded).collect();
        let signatures = signatures.filter(|signatures| signatures.len() <= MAX_PERSONS).ok_or(RequestRefused::Form)?;
        let signed = Self { request: written.request.read()?, signatures };
        // Members that came twice, blanks, other digits of a time: only one sequence of octets is a request.
        if signed.encode() == octets { Ok(signed) } else { Err(RequestRefused::Form) }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WrittenSigned {
    v: u8,
    request: WrittenRequest,
    signatures: BTreeMap<Token, String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WrittenRequest {
    v: u8,
    id: String,
    at: String,
    operator: Token,
    act: String,
    subject: Token,
    arguments: String,
}

impl WrittenRequest {
    fn of(request: &ChangeRequest) -> Self {
        Self {
            v: VERSION,
            id: request.id.to_string(),
            at: request.at.to_string(),
            operator: request.operator.clone(),
            act: request.order.act.name().to_owned(),
            subject: request.order.subject.clone(),
            arguments: hex::encode(request.order.arguments),
        }
    }

    fn read(self) -> Result<ChangeRequest, RequestRefused> {
        if self.v != VERSION {
            return Err(RequestRefused::Version);
        }
        let act = ChangeAct::parse(&self.act).ok_or(RequestRefused::Act)?;
        let kind = self.subject.as_str().split_once('/').map(|(kind, _)| kind);
        if kind != Some(act.row().on) {
            return Err(RequestRefused::Subject);
        }
        let mut arguments = [0; 32];
        hex::decode_to_slice(&self.arguments, &mut arguments).map_err(|_| RequestRefused::Form)?;
        Ok(ChangeRequest {
            id: RequestId::parse(&self.id).ok_or(RequestRefused::Form)?,
            at: self.at.parse().map_err(|_| RequestRefused::Form)?,
            operator: self.operator,
            order: Order { act, subject: self.subject, arguments },
        })
    }
}

const DOMAIN: &str = "sigillo/v1/request";
const VERSION: u8 = 1;
/// As many signatures as the table of acts ever asks for.
const MAX_PERSONS: usize = 2;
