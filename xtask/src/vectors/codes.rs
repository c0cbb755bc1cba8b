//! Which stable error codes of the pure layers no vector reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sigillo_vectors::Folder;

use crate::check::CheckError;
use crate::sources::{files_below, read};

/// The pure crates that refuse something.
const CRATES: [&str; 12] =
    ["secret", "tlv", "crypto", "apdu", "lds", "channel", "seal", "profile", "issuance", "perso", "inspect", "vchip"];

/// The first words of codes; other literals with a dot are versions, names of checks or examples.
const AREAS: [&str; 25] = [
    "secret",
    "tlv",
    "crypto",
    "apdu",
    "fcp",
    "lds",
    "channel",
    "bac",
    "scp03",
    "sm",
    "securityinfo",
    "seal",
    "signer",
    "profile",
    "card",
    "permit",
    "record",
    "stored",
    "canonical",
    "trace",
    "perso",
    "inspect",
    "gate",
    "chip",
    "image",
];

/// One line a crate: the codes that stand in its source and in no case.
pub(super) fn without_a_vector(root: &Path, folder: &Folder) -> Result<Vec<String>, CheckError> {
    let mut lines = Vec::new();
    let (mut all, mut reached) = (0, 0);
    for (krate, codes) in codes(root)? {
        let in_a_case = |code: &&String| folder.suites.values().any(|text| text.contains(&format!("\"{code}\"")));
        let missing: Vec<&str> = codes.iter().filter(|code| !in_a_case(code)).map(String::as_str).collect();
        all += codes.len();
        reached += codes.len() - missing.len();
        if !missing.is_empty() {
            lines.push(format!(
                "{krate}: {} of {} codes without a vector: {}",
                missing.len(),
                codes.len(),
                missing.join(" ")
            ));
        }
    }
    lines.push(format!("{reached} of {all} codes of L0 to L2 have a vector"));
    Ok(lines)
}

/// The codes of each crate, from the literals of its source without its tests.
fn codes(root: &Path) -> Result<BTreeMap<&'static str, BTreeSet<String>>, CheckError> {
    let mut codes = BTreeMap::new();
    for krate in CRATES {
        let mut found = BTreeSet::new();
        for path in files_below(&root.join("crates").join(krate).join("src"), "rs")? {
            let text = read(&path)?;
            let source = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(source.split('"').skip(1).step_by(2).filter(|literal| is_code(literal)).map(str::to_owned));
        }
        codes.insert(krate, found);
    }
    Ok(codes)
}

fn is_code(literal: &str) -> bool {
    let word =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    literal.split_once('.').is_some_and(|(area, rest)| AREAS.contains(&area) && word(rest))
}
