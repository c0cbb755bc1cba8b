//! Active Authentication.

use sigillo_channel::active_authentication::terminal::Verifier;
use sigillo_tlv::single;

use super::exchange::template;
use super::{Halt, Machine};
use crate::format::Exchange;

const DG15: u32 = 0x6F;
const EXPECTED: &str = "a signature by the key in DG15";

impl Machine<'_, '_> {
    /// INTERNAL AUTHENTICATE for a fresh challenge; a successful answer must be signed by the key in DG15.
    pub(super) fn active_authentication(&mut self, exchange: &Exchange) -> Result<(), Halt> {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        self.variables.insert("aa.rnd".to_owned(), challenge.to_vec());
        // An RSA signature and the objects of a session around it are more than a short answer holds.
        let command = match self.facts.is("aa-rsa") && self.facts.is("extended-length") {
            true => "00 88 00 00 000008 {aa.rnd} 0000",
            false => "00 88 00 00 08 {aa.rnd} 00",
        };
        let answer = self.exchange(&template(command)?, exchange)?;
        // What answers another challenge, or none, is judged by its status word alone.
        let asked = self.sent.windows(8).any(|window| window == challenge);
        if !answer.is_success() || !asked {
            return Ok(());
        }
        let file = self.files.get("DG15").or_else(|| self.facts.files.get("DG15"));
        let file = file.ok_or_else(|| Halt::failed("DG15", "it could not be read"))?;
        let key = single(file, DG15).map_err(|error| Halt::failed("DG15", error.to_string()))?;
        let verifier = Verifier::new(key.value, self.facts.dg14.as_ref());
        let verified = verifier.and_then(|verifier| verifier.verify(challenge, &answer.apdu()));
        verified.map(drop).map_err(|error| Halt::failed(EXPECTED, error.to_string()))
    }
}
