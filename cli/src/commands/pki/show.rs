//! `sigillo pki show`: one sheet of names and values for whatever a file holds; nothing is believed.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value, json};
use sigillo_authority::encoding::Object;
use sigillo_crypto::{KeyAlgorithm, PublicKey};
use sigillo_cvc::{
    CertificateRequest as CvRequest, Chat, CvCertificate, CvPublicKey, Rights, Role, TaAlgorithm, TerminalType,
};
use sigillo_seal::x509::{Certificate, CertificateRequest, Crl};
use sigillo_seal::{DeviationList, DocumentSecurityObject, MasterList};

use crate::commands::pki::files;
use crate::context::Context;
use crate::failure::Failure;

/// What is said about one object, in order.
#[derive(Debug)]
pub(super) struct Sheet {
    kind: &'static str,
    rows: Vec<(&'static str, Vec<String>)>,
}

/// `sigillo pki show FILE`.
pub(super) fn show(context: &Context, file: &Path) -> Result<ExitCode, Failure> {
    let object = files::decode(file, Object::decode)?;
    let sheet = of(&object);
    context.print(&sheet.json(), || sheet.table());
    Ok(ExitCode::SUCCESS)
}

/// Prints sheets: JSON under one name, or one table after the other.
pub(super) fn print(context: &Context, name: &str, sheets: &[Sheet]) {
    let all: Vec<Value> = sheets.iter().map(Sheet::json).collect();
    context.print(&json!({ name: all }), || sheets.iter().map(Sheet::table).collect());
}

/// The sheet of any object.
pub(super) fn of(object: &Object) -> Sheet {
    match object {
        Object::Certificate(it) => certificate(it),
        Object::Request(it) => request(it),
        Object::Crl(it) => crl(it),
        Object::MasterList(it) => master_list(it),
        Object::DeviationList(it) => deviation_list(it),
        Object::SecurityObject(it) => security_object(it),
        Object::CardSecurity(it) => Sheet::new("EF.CardSecurity")
            .text("signer", it.signer_certificate().map_or("-".to_owned(), Certificate::subject)),
        Object::CvCertificate(it) => cv_certificate(it),
        Object::CvRequest(it) => cv_request(it),
        _ => Sheet::new("object"),
    }
}

pub(super) fn certificate(it: &Certificate) -> Sheet {
    let sheet = Sheet::new("certificate")
        .text("subject", it.subject())
        .text("issuer", it.issuer())
        .text("serial", hex::encode(it.serial_number()))
        .text("not before", format!("{}Z", it.valid().from()))
        .text("not after", format!("{}Z", it.valid().to()))
        .text("key used until", it.private_key_usable_until().map_or("-".to_owned(), |until| format!("{until}Z")))
        .text("key", it.public_key().map_or("-".to_owned(), key_name))
        .text("key identifier", it.subject_key_identifier().map_or("-".to_owned(), hex::encode))
        .text("issuer's key", it.authority_key_identifier().map_or("-".to_owned(), hex::encode))
        .text("authority", if it.is_authority() { "yes" } else { "no" });
    let types = it.document_types().unwrap_or_default().to_vec();
    let sheet = if types.is_empty() { sheet } else { sheet.list("document types", types) };
    sheet.text("SHA-256", hex::encode(it.fingerprint()))
}

pub(super) fn request(it: &CertificateRequest) -> Sheet {
    Sheet::new("certificate request")
        .text("subject", it.subject())
        .text("key", key_name(it.public_key()))
        .text("key identifier", it.key_id())
        .text("SHA-256", hex::encode(it.fingerprint()))
}

pub(super) fn crl(it: &Crl) -> Sheet {
    let entries = it.entries().iter().map(|entry| {
        let reason = entry.reason.map_or(String::new(), |reason| format!(", {}", reason.name()));
        format!("{} since {}Z{reason}", hex::encode(&entry.serial_number), entry.on)
    });
    Sheet::new("revocation list")
        .text("issuer", it.issuer())
        .text("number", it.number().map_or("-".to_owned(), hex::encode))
        .text("this update", format!("{}Z", it.this_update()))
        .text("next update", it.next_update().map_or("-".to_owned(), |next| format!("{next}Z")))
        .list("revoked", entries.collect())
        .text("SHA-256", hex::encode(it.fingerprint()))
}

pub(super) fn master_list(it: &MasterList) -> Sheet {
    Sheet::new("master list")
        .text("signer", it.signer_certificate().map_or("-".to_owned(), Certificate::subject))
        .text("certificates", it.certificates().len())
        .text("SHA-256", hex::encode(sigillo_crypto::sha256(it.der())))
}

pub(super) fn deviation_list(it: &DeviationList) -> Sheet {
    let entries = it.deviations().iter().flat_map(|deviation| {
        let of = deviation.documents.document_type.as_deref().unwrap_or("all");
        let numbers = deviation.documents.document_numbers.join(", ");
        deviation.descriptions.iter().map(move |said| {
            format!("{of} {numbers}: {} {}", said.kind, said.description.as_deref().unwrap_or_default())
        })
    });
    Sheet::new("deviation list")
        .text("signer", it.signer_certificate().map_or("-".to_owned(), Certificate::subject))
        .list("deviations", entries.collect())
        .text("SHA-256", hex::encode(sigillo_crypto::sha256(it.der())))
}

fn security_object(it: &DocumentSecurityObject) -> Sheet {
    let groups = it.lds().hashes().iter().map(|(group, hash)| format!("DG{group} {}", hex::encode(hash)));
    Sheet::new("EF.SOD")
        .text("signer", it.signer_certificate().map_or("-".to_owned(), Certificate::subject))
        .text("hash", it.hash_algorithm().name())
        .list("data groups", groups.collect())
}

pub(super) fn cv_certificate(it: &CvCertificate) -> Sheet {
    template(Sheet::new("card-verifiable certificate"), it.template())
        .text("holder", it.holder())
        .text("issuer", it.authority())
        .text("effective", it.effective())
        .text("expiration", it.expiration())
        .text("key", cv_key_name(it.public_key()))
}

pub(super) fn cv_request(it: &CvRequest) -> Sheet {
    let named =
        |reference: Option<&sigillo_cvc::HolderReference>| reference.map_or("-".to_owned(), ToString::to_string);
    Sheet::new("request for a card-verifiable certificate")
        .text("holder", it.holder())
        .text("asks", named(it.authority()))
        .text("outer signature", named(it.countersigner()))
        .text("key", cv_key_name(&it.public_key()))
        .text("SHA-256", hex::encode(sigillo_crypto::sha256(&it.encode())))
}

fn template(sheet: Sheet, template: &Chat) -> Sheet {
    let role = match template.role() {
        Role::Cvca => "CVCA",
        Role::DvDomestic => "document verifier, domestic",
        Role::DvForeign => "document verifier, foreign or not official",
        Role::Terminal => "terminal",
    };
    let terminals = match template.terminal_type() {
        TerminalType::InspectionSystem => "inspection systems".to_owned(),
        TerminalType::Office => "issuing offices".to_owned(),
        TerminalType::Other(oid) => oid.to_string(),
        _ => "unknown".to_owned(),
    };
    let rights = template.rights();
    let named = Rights::names(template.terminal_type());
    let names = named.iter().filter(|(_, bit)| rights.include(*bit)).map(|(name, _)| (*name).to_owned()).collect();
    sheet.text("role", role).text("terminals", terminals).list("rights", names)
}

/// `P-256`, `RSA-3072`; other sizes of RSA by their bits.
fn key_name(key: &PublicKey) -> String {
    match (KeyAlgorithm::of(key), key.point(), key.rsa()) {
        (Some(known), ..) => known.name().to_owned(),
        (_, Some(point), _) => format!("{:?}", point.curve()),
        (_, _, Some(key)) => format!("RSA-{}", key.bits()),
        _ => "-".to_owned(),
    }
}

fn cv_key_name(key: &CvPublicKey) -> String {
    let hash = |algorithm: TaAlgorithm| algorithm.hash().name();
    match key {
        CvPublicKey::Ec { point, .. } => {
            format!("{}, ECDSA with {}", key_name(&PublicKey::from_point(point.clone())), hash(key.algorithm()))
        }
        CvPublicKey::EcInherited { .. } => format!("curve of the issuer, ECDSA with {}", hash(key.algorithm())),
        CvPublicKey::Rsa { key: rsa, .. } => format!("RSA-{} with {}", rsa.bits(), hash(key.algorithm())),
    }
}

impl Sheet {
    pub(super) const fn new(kind: &'static str) -> Self {
        Self { kind, rows: Vec::new() }
    }

    pub(super) fn text(self, name: &'static str, value: impl Display) -> Self {
        self.list(name, vec![value.to_string()])
    }

    pub(super) fn list(mut self, name: &'static str, values: Vec<String>) -> Self {
        self.rows.push((name, values));
        self
    }

    /// Names with underscores; what may be more than one is a list.
    pub(super) fn json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("kind".to_owned(), json!(self.kind));
        for (name, values) in &self.rows {
            let name = name.replace([' ', '-'], "_").replace('\'', "").to_lowercase();
            let value = match values.as_slice() {
                [one] if !LISTS.contains(&name.as_str()) => json!(one),
                all => json!(all),
            };
            fields.insert(name, value);
        }
        Value::Object(fields)
    }

    pub(super) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        for (name, values) in &self.rows {
            table.add_row([(*name).to_owned(), if values.is_empty() { "-".to_owned() } else { values.join("\n") }]);
        }
        format!("{}\n{table}\n", self.kind)
    }
}

/// Fields that are lists also with one value.
const LISTS: [&str; 5] = ["deviations", "rights", "revoked", "document_types", "data_groups"];
