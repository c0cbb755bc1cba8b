//! Seals on SoftHSM2, in a process of its own: the module reads where its tokens are when it is loaded.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use sigillo_crypto::{Backend, SeededEntropy};
use sigillo_keystore::{IssuerSettings, KeyRole, Keystore, TokenKeys};
use sigillo_secret::SecretBytes;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::fixture::TODAY;
use crate::row::Row;
use crate::sealing::{ES256, one_and_two};

const TOKEN: &str = "sigillo-bench";
const PIN: &str = "917364";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// Makes a token, and lets a child measure.
pub(crate) fn rows() -> Result<Vec<Row>, Failure> {
    let folder = TempDir::new()?;
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens)?;
    let configuration = folder.path().join("softhsm2.conf");
    fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))?;
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "50281734"])
        .env("SOFTHSM2_CONF", &configuration)
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    let child = Command::new(std::env::current_exe()?)
        .args([CHILD, folder.path().to_str().ok_or("no path")?])
        .env("SOFTHSM2_CONF", &configuration)
        .output()?;
    if !child.status.success() {
        return Err(String::from_utf8_lossy(&child.stderr).into());
    }
    Ok(serde_json::from_slice::<Vec<Row>>(&child.stdout)?)
}

/// What the parent calls its child.
pub(crate) const CHILD: &str = "--token";

/// Measures, and writes the rows to `out`.
pub(crate) fn child(folder: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut entropy = SeededEntropy::new([0x70; 32]);
    let pin = SecretBytes::new(PIN.as_bytes().to_vec());
    let settings = IssuerSettings::default();
    let mut keys = TokenKeys::create_test_with(
        &folder.join("keys"),
        Path::new(MODULE),
        TOKEN,
        pin,
        &settings,
        &mut entropy,
        TODAY,
    )?;
    keys.use_backend(Backend::AwsLc);
    let label = keys.current(KeyRole::DocumentSigner)?;
    let public = keys.public_key(&label)?;
    let bare =
        |keys: &dyn Keystore, message: &[u8]| -> Result<Vec<u8>, Failure> { Ok(keys.sign(&label, ES256, message)?) };
    let rows = one_and_two(&keys, "sealing.softhsm2", (Backend::AwsLc, &public, &bare), 0.90)?;
    Ok(serde_json::to_writer(out, &rows)?)
}
