use sigillo_apdu::{ResponseApdu, StatusWord};

use crate::error::InspectErrorKind;

/// The data of an answer that says 9000.
pub(super) fn succeeded(response: &ResponseApdu) -> Result<&[u8], InspectErrorKind> {
    match response.status() {
        StatusWord::Success => Ok(response.data()),
        status => Err(InspectErrorKind::Refused(status)),
    }
}
