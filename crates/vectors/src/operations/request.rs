//! Requests of operators, judged.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_issuance::operator::{ChangeAct, Operator, OperatorKey, OperatorRole};
use sigillo_issuance::request::{Order, RequestRefused, SignedRequest};
use sigillo_issuance::trace::Token;

use crate::envelope::Stage;
use crate::failure::Failure;
use crate::input::{Fixed, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judge {
    signed: String,
    asked: Asked,
    now: String,
    operators: BTreeMap<Token, Option<Enrolled>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    act: String,
    subject: Token,
    arguments: Fixed<32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolled {
    key: String,
    roles: Vec<String>,
}

pub(super) fn judge(input: &Value) -> Result<Value, Failure> {
    let Judge { signed, asked: Asked { act, subject, arguments: Fixed(arguments) }, now, operators } = read(input)?;
    let broken = |what: &str| Failure::Broken(format!("{what} of another form"));
    let act = ChangeAct::parse(&act).ok_or_else(|| broken("an act"))?;
    let now = now.parse().map_err(|_| broken("a moment"))?;
    let enrolled = |(name, enrolled): (Token, Option<Enrolled>)| {
        let operator = enrolled.map(|Enrolled { key, roles }| {
            let roles = roles.iter().map(|role| OperatorRole::parse(role)).collect::<Option<Vec<_>>>()?;
            Some(Operator::new(name.clone(), OperatorKey::parse(&key).ok()?, roles))
        });
        match operator {
            None => Ok((name, None)),
            Some(Some(operator)) => Ok((name, Some(operator))),
            Some(None) => Err(broken("an operator")),
        }
    };
    let operators = operators.into_iter().map(enrolled).collect::<Result<_, _>>()?;
    let refused = |refused: RequestRefused| Failure::refused(Stage::Journal, refused.code(), None);
    let signed = SignedRequest::decode(signed.as_bytes()).map_err(refused)?;
    let asked = Order { act, subject, arguments };
    let authority = sigillo_issuance::request::judge(&signed, &asked, now, &operators).map_err(refused)?;
    let digest = hex::encode(signed.request().digest());
    Ok(json!({ "id": authority.id.to_string(), "digest": digest, "operator": authority.operator.as_str() }))
}
