//! Terminal Authentication, version 1, inside the session that Chip Authentication opened. Spec: `icao-9303-11#ta`.
//!
//! Trust points are the card's, whichever application holds them: what a terminal may do is a matter of its rights, not of what is
//! selected. A certificate changes trust points, EF.CVCA and date in one transaction.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};
use sigillo_channel::ChannelError;
use sigillo_channel::terminal_authentication::chip::{Authenticated, TerminalAuthentication};
use sigillo_cvc::{ChipState, CvCertificate, CvDate, TerminalType};

use super::authority;
use super::execution::{Execution, Outcome, done, refuse, require_parameters, require_secure_messaging};
use crate::channel::{ChannelChange, Handshake};
use crate::faults::Fault;
use crate::status::{Authentication, Mechanism};

/// MSE:Set DST: whose key verifies the next certificate.
pub(super) fn set_verification_template(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let set = judge(execution, |terminal, state| terminal.set_dst(state, command.data()));
    if execution.has(Fault::TaUnknownAuthorityTaken) && set == Err(StatusWord::ReferencedDataNotFound) {
        return done();
    }
    set?;
    done()
}

/// PSO: Verify Certificate.
pub(super) fn verify_certificate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let effect = judge(execution, |terminal, state| terminal.verify_certificate(state, command.data()));
    if effect.is_err() && execution.has(Fault::TaRefusedCertificateSaysSuccess) {
        return done();
    }
    if effect.is_err() && execution.has(Fault::TaRefusalEndsSession) {
        execution.channel_change = ChannelChange::End;
    }
    let mut effect = effect?;
    let told = CvCertificate::decode_content(command.data()).ok().map(|certificate| certificate.effective());
    if execution.has(Fault::TaDateGoesBack) {
        effect.new_date = told;
    }
    if execution.has(Fault::TaForeignTerminalTellsTheTime) {
        effect.new_date = told.filter(|told| Some(*told) > execution.memory.date);
    }
    authority::apply(execution, effect)?;
    done()
}

/// MSE:Set AT for external authentication: whose key verifies the signature.
pub(super) fn set_template(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let set = judge(execution, |terminal, _| terminal.set_at(command.data()));
    if execution.has(Fault::TaUnknownHolderTaken) && set == Err(StatusWord::ReferencedDataNotFound) {
        return done();
    }
    set?;
    done()
}

/// GET CHALLENGE: eight octets for the very next command.
pub(super) fn get_challenge(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    if command.head().lc != 0 || !matches!(command.head().le, 8 | 256 | 65_536) {
        return refuse(StatusWord::WrongLength);
    }
    require_first(execution)?;
    let terminal = execution.context.terminal.as_mut().ok_or(StatusWord::ConditionsNotSatisfied)?;
    let challenge = terminal.challenge(execution.entropy);
    execution.next_handshake = Some(Handshake::TerminalAuthentication);
    Ok(ResponseApdu::new(challenge, StatusWord::Success))
}

/// EXTERNAL AUTHENTICATE: the signature over the challenge; what the chain allows is a fact of the session from now on.
pub(super) fn external_authenticate(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let is_due = matches!(execution.handshake.take(), Some(Handshake::TerminalAuthentication));
    if !is_due && !execution.has(Fault::TaChallengeKept) {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    let authenticated = judge(execution, |terminal, _| terminal.external_authenticate(command.data()));
    let mut fact = match authenticated {
        Err(StatusWord::AuthenticationFailed) if execution.has(Fault::TaSignatureNotChecked) => {
            Some(Authentication { mechanism: Mechanism::InspectionSystem, reference: ALL_RIGHTS })
        }
        authenticated => fact(&authenticated?),
    };
    if let Some(fact) = &mut fact {
        misjudge(fact, execution);
    }
    execution.context.status.add(fact.ok_or(StatusWord::AuthenticationFailed)?);
    done()
}

/// What a terminal proved, as security environments speak of it.
fn fact(Authenticated { terminal_type, rights }: &Authenticated) -> Option<Authentication> {
    let mechanism = match terminal_type {
        TerminalType::InspectionSystem => Mechanism::InspectionSystem,
        TerminalType::Office => Mechanism::IssuingOffice,
        _ => return None,
    };
    Some(Authentication { mechanism, reference: rights.bits() })
}

/// What a faulty chip makes of a terminal.
fn misjudge(fact: &mut Authentication, execution: &Execution<'_>) {
    if execution.has(Fault::TaRightsNotIntersected) {
        fact.reference = ALL_RIGHTS;
    }
    fact.mechanism = match fact.mechanism {
        Mechanism::IssuingOffice if execution.has(Fault::TaOfficeCountsAsInspection) => Mechanism::InspectionSystem,
        Mechanism::InspectionSystem if execution.has(Fault::TaInspectionCountsAsOffice) => Mechanism::IssuingOffice,
        mechanism => mechanism,
    };
}

/// One step of the protocol, with the card's trust points and date as they are now.
fn judge<R>(
    execution: &mut Execution<'_>,
    step: impl FnOnce(&mut TerminalAuthentication, &ChipState<'_>) -> Result<R, ChannelError>,
) -> Result<R, StatusWord> {
    require_secure_messaging(execution)?;
    require_first(execution)?;
    let trust_points = execution.memory.trust_points();
    let mut date = execution.memory.date.ok_or(StatusWord::ConditionsNotSatisfied)?;
    if execution.has(Fault::TaExpiredAccepted) {
        date = CvDate::decode(&[0, 0, 0, 1, 0, 1]).unwrap_or(date);
    }
    if execution.has(Fault::TaWithoutCa) && execution.context.terminal.is_none() {
        execution.context.await_terminal(&[]);
    }
    let terminal = execution.context.terminal.as_mut().ok_or(StatusWord::ConditionsNotSatisfied)?;
    step(terminal, &ChipState { trust_points: &trust_points, date }).map_err(|error| error.chip_status())
}

/// Every right that a certificate can give.
const ALL_RIGHTS: u8 = 0x3F;

/// A session takes one terminal.
fn require_first(execution: &Execution<'_>) -> Result<(), StatusWord> {
    let status = &execution.context.status;
    let is_done = status.knows(Mechanism::InspectionSystem) || status.knows(Mechanism::IssuingOffice);
    if is_done { Err(StatusWord::ConditionsNotSatisfied) } else { Ok(()) }
}
