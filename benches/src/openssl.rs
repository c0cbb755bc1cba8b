//! What `openssl speed` says of the same primitives on one core of this machine.

use std::process::Command;

use crate::failure::Failure;

/// Seconds for SHA-256 of so many octets, one signature and one verification over P-256.
pub(crate) fn bound(octets: usize) -> Result<f64, Failure> {
    let hash = speed(&["-bytes", &octets.to_string(), "-evp", "sha256"])?;
    let hashed = field(&hash, "+F:", 3).ok_or("openssl speed names no SHA-256")?;
    let signatures = speed(&["ecdsap256"])?;
    let sign = field(&signatures, "+F4:", 3).ok_or("openssl speed names no ECDSA")?;
    let verify = field(&signatures, "+F4:", 4).ok_or("openssl speed names no ECDSA")?;
    #[allow(clippy::cast_precision_loss, reason = "the files of one card")]
    let octets = octets as f64;
    Ok(octets / hashed + 1.0 / sign + 1.0 / verify)
}

/// The machine-readable lines, over one second of CPU time for each figure.
fn speed(what: &[&str]) -> Result<String, Failure> {
    let output = Command::new("openssl").args(["speed", "-mr", "-seconds", "1"]).args(what).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A field of the line that begins so, counted from 0 behind colons.
fn field(text: &str, begins: &str, number: usize) -> Option<f64> {
    text.lines().find(|line| line.starts_with(begins))?.split(':').nth(number)?.parse().ok()
}
