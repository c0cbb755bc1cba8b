//! Where the harnesses start: bytes of the test vectors, of the demo, and a few scripts written here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigillo_profile::FileKind;

use crate::fixtures::{profile, secret};
use crate::{
    authentication, authority, certificates, documents, hostile, impostor, messages, messaging, requests, script,
    session, specimen_session,
};

/// No seed is longer, so that a round stays short.
const LONGEST: usize = 24 * 1024;

/// Targets whose input is a script or a choice with a message: loose octets of a vector are neither, and lead nowhere.
const SCRIPTED: [&str; 7] = [
    "secure_messaging",
    "authentication",
    "chip_session",
    "specimen_session",
    "hostile_card",
    "strange_chip",
    "impostor",
];

/// The starting bytes of a target; those of test-vectors/ for every one that takes octets as they are.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = own(target);
    let text = matches!(target, "mrz" | "record_line" | "trace_checkpoint");
    let vectors =
        if SCRIPTED.contains(&target) { Vec::new() } else { files_below(&root().join("test-vectors"), "json") };
    for file in vectors {
        if let Ok(suite) = fs::read(&file).map_err(drop).and_then(|bytes| serde_json::from_slice(&bytes).map_err(drop))
        {
            strings(&suite, &mut |string| match hex::decode(string) {
                Ok(bytes) if !text && bytes.len() > 1 => seeds.push(bytes),
                Err(_) if text => seeds.push(string.as_bytes().to_vec()),
                _ => {}
            });
        }
    }
    seeds.retain(|seed| seed.len() <= LONGEST);
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn own(target: &str) -> Vec<Vec<u8>> {
    let hex = |text: &str| hex::decode(text).expect("hexadecimal");
    match target {
        "fcp" => {
            let profile = profile();
            profile.files.iter().map(|file| profile.file_control_parameters(file).encode()).collect()
        }
        "lds_any" => {
            let headers =
                ["60145F0104303130375F36063034303030305C026175", "60165F0104303130375F36063034303030305C046175636E"];
            headers.map(hex).into_iter().chain(data_groups()).collect()
        }
        "apdu_command" => {
            vec![hex("00A4040C07A0000002471001"), hex("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800")]
        }
        "apdu_response" => vec![hex("9000"), hex("990290008E08FA855A5D4C50A8ED9000"), hex("6CFF")],
        "mrz" => [
            "IRITAI123456780<<<<<<<<<<<<<<<8506151F3101311UTO<<<<<<<<<<<2ROSSI<<ANNA<MARIA<<<<<<<<<<<<<",
            "Şükrü Ağaoğlu<<İsmet",
            "Хмельницький<<Богдан",
            "Παπαδόπουλος<<Γεώργιος",
            "محمد<<عبد الله",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
        "images" => demo_images().into_values().collect(),
        "cv_certificate" => certificates::seeds().into_iter().chain(foreign_certificates()).collect(),
        "revocation_lists" | "certificate_requests" | "signed_lists" => authority::seeds(target),
        "encrypted_messages" => messages::seeds(),
        "authentication" => authentication::seeds(),
        "secure_messaging" => messaging::seeds(),
        "signed_request" => requests::seeds(),
        "specimen_session" => specimen_session::seeds(),
        "impostor" => impostor::seeds(),
        "sod_verify" => documents::sealed(&data_groups()),
        "record_line" => {
            let lot = fs::read_to_string(root().join("demo/lot.jsonl")).unwrap_or_default();
            lot.lines().map(|line| line.as_bytes().to_vec()).collect()
        }
        "chip_session" => vec![life()],
        "chip_image" => session::images_of(&life()),
        "hostile_card" => vec![
            script::encode(&vec![(hostile::HONEST, Vec::new()); 40]),
            script::encode(
                &[vec![(hostile::HONEST, Vec::new()); 8], vec![(hostile::WRAPPED, hex("6A82")); 4]].concat(),
            ),
            script::encode(
                &[vec![(hostile::HONEST, Vec::new()); 5], vec![(hostile::WRAPPED, hex("61829000")); 9]].concat(),
            ),
            script::encode(&[(hostile::RAW, hex("6982")), (hostile::GONE, Vec::new())]),
        ],
        "strange_chip" => {
            let honest = |count| vec![(hostile::HONEST, Vec::new()); count];
            let files = data_groups();
            let mut scripts: Vec<_> =
                files.iter().map(|file| [honest(9), vec![(hostile::HONEST, file.clone())]].concat()).collect();
            scripts.push([honest(6), vec![(hostile::WRAPPED, hex("6A82")); 6]].concat());
            scripts.push([honest(6), vec![(hostile::WRAPPED, hex("778200109000")); 6]].concat());
            scripts.push([honest(3), vec![(hostile::RAW, hex("6D00")), (hostile::GONE, Vec::new())]].concat());
            scripts.iter().map(|script| script::encode(script)).collect()
        }
        _ => Vec::new(),
    }
}

/// Certificates of others, from the tests of their crate.
fn foreign_certificates() -> Vec<Vec<u8>> {
    let files = files_below(&root().join("crates/cvc/tests/vectors"), "hex");
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    texts.filter_map(|text| hex::decode(text.split_whitespace().collect::<String>()).ok()).collect()
}

/// A chip's whole life: initialization, formation, lock, a public session.
fn life() -> Vec<u8> {
    let profile = profile();
    let plain = |text: &str| (session::PLAIN, hex::decode(text).expect("hexadecimal"));
    let inside = |text: &str| (session::IN_SESSION, hex::decode(text).expect("hexadecimal"));
    let command = |head: &str, data: &[u8]| {
        let length = u8::try_from(data.len()).expect("a short command");
        (session::IN_SESSION, [hex::decode(head).expect("hexadecimal"), vec![length], data.to_vec()].concat())
    };
    let mut steps = vec![(session::OPEN_SCP03, vec![]), (session::PUT_KEY, vec![]), (session::OPEN_SCP03, vec![])];
    for file in &profile.files {
        steps.push(command("00E00000", &profile.file_control_parameters(file).encode()));
        if matches!(file.kind, FileKind::MasterFile) {
            steps.extend(profile.environments.iter().map(|environment| command("00DA007B", &environment.template())));
        }
        if file.size().is_some() {
            steps.push(command("00D60000", &[0x61, 0x02, 0xAB, 0xCD]));
        }
    }
    steps.push(inside("00A4040C07A0000002471001"));
    steps.push(secret().expose(|secret| command("00DADF21", secret)));
    steps.push(inside("0047800014AC1280010C830101060A04007F0007020203020200"));
    steps.push(inside("00B0810004"));
    steps.push(inside("00A4000C023F00"));
    steps.push(inside("00440000"));
    steps.push((session::RESET, vec![]));
    steps.push(plain("00A4040C07A0000002471001"));
    steps.push((session::OPEN_BAC, vec![]));
    steps.push(inside("00A4020C02011E"));
    steps.push(inside("00B0000004"));
    steps.push(inside("00B0810000"));
    steps.push((session::CUT, vec![2]));
    steps.push(inside("00D6000001FF"));
    script::encode(&steps)
}

/// The demo's images by the paths that its records name.
pub(crate) fn demo_images() -> BTreeMap<String, Vec<u8>> {
    let folder = root().join("demo");
    let files = ["jpg", "jp2", "wsq"].into_iter().flat_map(|extension| files_below(&folder.join("images"), extension));
    let named = files.filter_map(|path| {
        let name = path.strip_prefix(&folder).ok()?.to_str()?.to_owned();
        Some((name, fs::read(&path).ok()?))
    });
    named.collect()
}

/// The files of a document with the demo's first portrait and first finger.
fn data_groups() -> Vec<Vec<u8>> {
    let folder = root().join("demo/images");
    let first = |extension| files_below(&folder, extension).first().and_then(|path| fs::read(path).ok());
    let portrait = first("jpg").expect("the demo has portraits");
    documents::data_groups(&portrait, &first("wsq").expect("the demo has fingerprints"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn strings(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(string) => take(string),
        Value::Array(values) => values.iter().for_each(|value| strings(value, take)),
        Value::Object(members) => members.values().for_each(|value| strings(value, take)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_leads_a_chip_through_its_whole_life_and_into_a_public_session() {
        assert!(session::locks_and_reads(&life()));
    }
}
