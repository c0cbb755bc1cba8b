use std::path::Path;
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Value, json};
use sigillo_crypto::KeyAlgorithm;
use sigillo_seal::DocumentSecurityObject;
use sigillo_seal::x509::Certificate;

use crate::commands::seal::files;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo seal show`.
pub(super) fn show(context: &Context, argument: &Path) -> Result<ExitCode, Failure> {
    let (path, _) = files::seal_of(argument);
    let ef_sod = files::read(&path)?;
    let sod = decode(&path, &ef_sod)?;
    let lds = sod.lds();
    let groups: Vec<(u8, String)> = lds.hashes().iter().map(|(number, hash)| (*number, hex::encode(hash))).collect();
    let irregularities: Vec<&str> = sod.irregularities().iter().map(|found| found.name()).collect();
    let version = lds.lds_version().map_or_else(|| "1.7".to_owned(), |version| dotted(version.lds()));
    let signer = sod.signer_certificate().ok();
    let json = json!({
        "digest": hex::encode(sigillo_crypto::sha256(&ef_sod)), "octets": ef_sod.len(),
        "lds_version": version, "hash_algorithm": lds.hash_algorithm().name(),
        "groups": groups.iter().map(|(number, hash)| json!({ "group": number, "hash": hash })).collect::<Vec<_>>(),
        "message_digest_algorithm": sod.hash_algorithm().name(),
        "signer": signer.map(signer_json), "irregularities": irregularities,
    });
    context.print(&json, || {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.add_row(["SHA-256 of the file", &hex::encode(sigillo_crypto::sha256(&ef_sod))]);
        table.add_row(["version of LDS", &version]);
        table.add_row(["hash of the groups", lds.hash_algorithm().name()]);
        for (number, hash) in &groups {
            table.add_row([&format!("DG{number}"), hash]);
        }
        if let Some(signer) = signer {
            table.add_row(["signer", &signer.subject()]);
            table.add_row(["issuer", &signer.issuer()]);
            table.add_row(["serial number", &hex::encode(signer.serial_number())]);
            table.add_row(["valid", &format!("{}Z to {}Z", signer.valid().from(), signer.valid().to())]);
            table.add_row(["key", &key_of(signer)]);
            table.add_row(["document types", &signer.document_types().unwrap_or_default().join(", ")]);
        }
        table.add_row(["irregularities", &irregularities.join(", ")]);
        format!("{table}\nnothing of this was verified: see `sigillo seal verify`\n")
    });
    Ok(ExitCode::SUCCESS)
}

/// Reads an EF.SOD, or says which file is none.
pub(super) fn decode(path: &Path, ef_sod: &[u8]) -> Result<DocumentSecurityObject, Failure> {
    DocumentSecurityObject::decode(ef_sod)
        .map_err(|error| Failure::input(error.code(), format!("{}: {error}", path.display()), FORM_ADVICE))
}

/// The certificate inside, as far as it can be read.
pub(super) fn signer_json(signer: &Certificate) -> Value {
    json!({
        "subject": signer.subject(), "issuer": signer.issuer(), "serial": hex::encode(signer.serial_number()),
        "not_before": format!("{}Z", signer.valid().from()), "not_after": format!("{}Z", signer.valid().to()),
        "key": key_of(signer), "document_types": signer.document_types(),
    })
}

/// `0108` as people write it; four digits are what the decoder lets through.
fn dotted(version: &str) -> String {
    let part = |range: std::ops::Range<usize>| version.get(range).and_then(|digits| digits.parse::<u8>().ok());
    match (part(0..2), part(2..4)) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        _ => version.to_owned(),
    }
}

fn key_of(signer: &Certificate) -> String {
    let key = signer.public_key().ok();
    key.and_then(KeyAlgorithm::of).map_or_else(|| "another".to_owned(), |known| known.name().to_owned())
}

const FORM_ADVICE: &str = "Give an EF.SOD as it was read from a chip: tag 77 first, nothing before or behind it.";
