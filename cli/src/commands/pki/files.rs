//! Files in and out: DER or PEM in, DER or PEM out, nothing overwritten.

use std::path::Path;

use sigillo_authority::encoding;
use sigillo_cvc::CvCertificate;
use sigillo_line::{LineError, write_new_private};
use sigillo_seal::x509::Certificate;

use crate::args::pki::documents::OutArgs;
use crate::commands::read::{cv_certificate, file_error};
use crate::failure::Failure;

/// The octets of a file; PEM is taken off.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let octets = std::fs::read(path).map_err(|error| file_error(path, &error))?;
    encoding::from_pem(octets).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::input(error.code(), message, FORM_ADVICE)
    })
}

/// What a file holds, by a decoder of the libraries.
pub(crate) fn decode<T, E>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, E>) -> Result<T, Failure>
where
    E: Into<sigillo_authority::AuthorityError>,
{
    decode(&read(path)?).map_err(|error| {
        let error = error.into();
        Failure::input(error.code(), format!("{}: {error}", path.display()), FORM_ADVICE)
    })
}

pub(crate) fn certificate(path: &Path) -> Result<Certificate, Failure> {
    decode(path, Certificate::decode)
}

pub(crate) fn certificates(paths: &[std::path::PathBuf]) -> Result<Vec<Certificate>, Failure> {
    paths.iter().map(|path| certificate(path)).collect()
}

pub(crate) fn cv_certificates(paths: &[std::path::PathBuf]) -> Result<Vec<CvCertificate>, Failure> {
    paths.iter().map(|path| cv_certificate(path)).collect()
}

/// Writes a new file; `what` is the name between the lines of PEM.
pub(crate) fn write(out: &OutArgs, what: &str, der: &[u8]) -> Result<(), Failure> {
    write_octets(&out.out, &if out.pem { encoding::to_pem(what, der).into_bytes() } else { der.to_vec() })
}

pub(crate) fn write_octets(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    Ok(write_new_private(path, octets).map_err(|error: LineError| error)?)
}

/// Where results go must be free before a number is taken.
pub(crate) fn is_free(paths: &[&Path]) -> Result<(), Failure> {
    for path in paths {
        if path.exists() {
            return Err(file_error(path, &std::io::ErrorKind::AlreadyExists.into()));
        }
    }
    Ok(())
}

const FORM_ADVICE: &str =
    "Give one certificate, request or list a file, DER or PEM, as `sigillo pki show` can read it.";
