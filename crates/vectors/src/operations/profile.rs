//! Profiles, and the octets that a chip receives for their rows.

use serde::Deserialize;
use serde_json::{Value, json};
use sigillo_profile::{Profile, embedded};

use crate::failure::Failure;
use crate::input::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    profile: String,
    file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    profile: String,
    environment: String,
}

pub(super) fn parse(input: &Value) -> Result<Value, Failure> {
    let Text { text } = read(input)?;
    let profile = Profile::parse(&text)?;
    let files: Vec<&str> = profile.files.iter().map(|file| file.name.as_str()).collect();
    Ok(json!({ "name": profile.name, "files": files }))
}

pub(super) fn file_control_parameters(input: &Value) -> Result<Value, Failure> {
    let Row { profile, file } = read(input)?;
    let profile = known(&profile)?;
    let row = profile.file(&file).ok_or_else(|| Failure::Broken(format!("no row {file}")))?;
    Ok(json!({ "fcp": hex::encode(profile.file_control_parameters(row).encode()) }))
}

pub(super) fn environment(input: &Value) -> Result<Value, Failure> {
    let Named { profile, environment } = read(input)?;
    let profile = known(&profile)?;
    let row =
        profile.environment(&environment).ok_or_else(|| Failure::Broken(format!("no environment {environment}")))?;
    Ok(json!({ "template": hex::encode(row.template()) }))
}

fn known(name: &str) -> Result<Profile, Failure> {
    let text = embedded(name).ok_or_else(|| Failure::Broken(format!("no profile {name}")))?;
    Ok(Profile::parse(text)?)
}
