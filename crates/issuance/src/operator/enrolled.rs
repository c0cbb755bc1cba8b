use serde_json::{Value, json};
use sigillo_crypto::{Curve, CurvePoint, PublicKey};

use super::role::OperatorRole;
use crate::trace::Token;

/// An operator as the register knows him.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operator {
    /// What he is called: one word.
    pub name: Token,
    /// The key that verifies his requests.
    pub key: OperatorKey,
    /// What he is there for, in the order of [`OperatorRole::ALL`].
    pub roles: Vec<OperatorRole>,
}

impl Operator {
    /// An operator to be; roles are put in order, and each is there once.
    pub fn new(name: Token, key: OperatorKey, mut roles: Vec<OperatorRole>) -> Self {
        roles.sort_unstable();
        roles.dedup();
        Self { name, key, roles }
    }

    /// What an enrolment signs for: `{key, name, roles}`.
    pub fn arguments(&self) -> Value {
        json!({ "key": self.key.text(), "name": self.name.as_str(), "roles": self.roles_text() })
    }

    /// His roles by name, with commas between them.
    pub fn roles_text(&self) -> String {
        self.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(",")
    }

    /// Reads what [`Operator::roles_text`] wrote; `None` for anything else.
    pub fn parse_roles(text: &str) -> Option<Vec<OperatorRole>> {
        let roles: Vec<_> = text.split(',').map(OperatorRole::parse).collect::<Option<_>>()?;
        roles.windows(2).all(|two| two[0] < two[1]).then_some(roles)
    }
}

/// A public key on P-256 that verifies requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperatorKey(CurvePoint);

/// A key that cannot be an operator's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an operator's key is one on P-256")]
pub struct KeyRefused;

impl KeyRefused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "operator.key"
    }
}

impl OperatorKey {
    /// Takes a public key.
    ///
    /// # Errors
    ///
    /// `operator.key` unless it is one on P-256.
    pub fn of(key: &PublicKey) -> Result<Self, KeyRefused> {
        let point = key.point().filter(|point| point.curve() == Curve::P256);
        point.cloned().map(Self).ok_or(KeyRefused)
    }

    /// Reads the text of a key.
    ///
    /// # Errors
    ///
    /// `operator.key` unless it is a compressed point of P-256 in lower-case hexadecimal.
    pub fn parse(text: &str) -> Result<Self, KeyRefused> {
        let octets = hex::decode(text).map_err(|_| KeyRefused)?;
        let key = CurvePoint::decode_compressed(Curve::P256, &octets).map(Self).map_err(|_| KeyRefused)?;
        if key.text() == text { Ok(key) } else { Err(KeyRefused) }
    }

    /// The compressed point in lower-case hexadecimal, 66 digits: short enough for the trace.
    pub fn text(&self) -> String {
        hex::encode(self.0.compressed())
    }

    /// The key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_point(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigillo_crypto::{P256PrivateKey, SeededEntropy};

    #[test]
    fn roles_read_back_in_their_order_and_once() {
        let key = OperatorKey::of(&P256PrivateKey::generate(&mut SeededEntropy::new([1; 32])).public()).unwrap();
        let roles = vec![OperatorRole::Office, OperatorRole::Line, OperatorRole::Office];
        let operator = Operator::new(Token::parse("anna").unwrap(), key, roles);
        assert_eq!(operator.roles_text(), "line,office");
        assert_eq!(Operator::parse_roles("line,office"), Some(operator.roles));
        for text in ["", "office,line", "line,line", "line,", "Line"] {
            assert_eq!(Operator::parse_roles(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_has_one_text() {
        let key = OperatorKey::of(&P256PrivateKey::generate(&mut SeededEntropy::new([1; 32])).public()).unwrap();
        let text = key.text();
        assert_eq!(OperatorKey::parse(&text), Ok(key));
        assert_eq!(text.len(), 66);
        for wrong in
            [text.to_uppercase(), text[2..].to_owned(), format!("04{}", &text[2..]), format!("02{}", "f".repeat(64))]
        {
            assert_eq!(OperatorKey::parse(&wrong), Err(KeyRefused), "{wrong}");
        }
    }
}
