//! OpenSSL, as the program that anybody has.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What OpenSSL is to believe when it judges a message.
#[derive(Clone, Copy)]
pub(crate) enum Trust<'c> {
    /// This certificate (PEM) and no other: not those of the machine either. No `-purpose` is needed: a document signer has
    /// digitalSignature and no extended key usage, which OpenSSL's default (S/MIME signing) takes.
    Anchor(&'c str),
    /// Nothing: the message is judged by the certificate inside it, the chain by nobody.
    MessageOnly,
}

/// What OpenSSL found in an EF.SOD that it accepted.
pub(crate) struct Accepted {
    /// The signed content.
    pub(crate) content: Vec<u8>,
    /// The signer's certificate, PEM.
    pub(crate) signer: String,
}

/// Lets `openssl cms -verify` judge an EF.SOD at a moment (seconds since 1970); what it says when it refuses.
pub(crate) fn verify(sod: &[u8], trust: Trust<'_>, moment: i64) -> Result<Accepted, String> {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    // 77 and its length are ICAO's (9303-10, 4.6.2); what is inside is CMS.
    assert_eq!(sod.get(..2), Some(&[0x77, 0x82][..]));
    fs::write(at.join("sod.der"), &sod[4..]).unwrap();
    let moment = moment.to_string();
    let mut arguments = vec!["cms", "-verify", "-inform", "DER", "-in", "sod.der", "-attime", &moment];
    arguments.extend(["-out", "content.der", "-signer", "signer.pem"]);
    match trust {
        Trust::Anchor(csca) => {
            fs::write(at.join("csca.pem"), csca).unwrap();
            arguments.extend(["-CAfile", "csca.pem", "-no-CApath", "-no-CAstore"]);
        }
        Trust::MessageOnly => arguments.push("-noverify"),
    }
    openssl(at, &arguments)?;
    let content = fs::read(at.join("content.der")).unwrap();
    Ok(Accepted { content, signer: fs::read_to_string(at.join("signer.pem")).unwrap() })
}

/// A certificate of a file (DER) as PEM, which is what OpenSSL takes for an anchor.
pub(crate) fn pem(certificate: &Path) -> String {
    openssl(Path::new("."), &["x509", "-inform", "DER", "-in", certificate.to_str().unwrap()]).unwrap()
}

/// What `openssl x509 -text` and `openssl asn1parse` make of a certificate (PEM).
pub(crate) fn describe(certificate: &str) -> (String, String) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("in.pem"), certificate).unwrap();
    let of = |arguments: &[&str]| openssl(folder.path(), &[arguments, &["-in", "in.pem"]].concat()).unwrap();
    (of(&["x509", "-noout", "-text"]), of(&["asn1parse"]))
}

/// Runs OpenSSL: its standard output, or, when it refuses, what it complains of.
fn openssl(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("openssl ({error}): run scripts/setup test"));
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
