//! `sigillo chip pin`: what the holder may do with his codes, at a terminal that opens the chip by PACE.
//!
//! No try is made that nobody asked for: the question for the tries costs none, a blocked PIN is not even typed, and the last
//! try is used only where that was said.

use std::io::IsTerminal;
use std::process::ExitCode;

use serde_json::{Value, json};
use sigillo_codes::{CodesError, Pin, Puk};
use sigillo_crypto::Entropy;
use sigillo_inspect::services::{CodeName, Order, OrderResult, ServiceRequest, ServiceSession};
use sigillo_reader::{Card, DriveError, OsEntropy, drive};
use sigillo_secret::SecretBytes;

use crate::args::pin::{LastTryArgs, PinCommand};
use crate::args::way_in::WayInArgs;
use crate::commands::read::{WayIn, card};
use crate::context::Context;
use crate::failure::{CHECK_FAILED, CHIP, Failure};
use crate::secrets::Secrets;

/// Carries out one command.
pub(crate) fn pin(context: &Context, command: &PinCommand) -> Result<ExitCode, Failure> {
    let mut entropy = OsEntropy;
    match command {
        PinCommand::Status { chip } => {
            let tries = Desk::open(chip, &mut entropy)?.tries()?;
            said(context, "status", tries)
        }
        PinCommand::Verify { chip, tries } => {
            let (mut desk, left) = usable(chip, *tries, &mut entropy)?;
            let pin = typed(context, "pin", &format!("PIN, {left}"), Pin::parse)?;
            desk.order(Order::VerifyPin(pin))?;
            said(context, "verified", desk.tries()?)
        }
        PinCommand::Change { chip, tries } => {
            let (mut desk, left) = usable(chip, *tries, &mut entropy)?;
            let old = typed(context, "pin", &format!("PIN, {left}"), Pin::parse)?;
            let new = new_pin(context)?;
            desk.order(Order::ChangePin { old, new })?;
            said(context, "changed", desk.tries()?)
        }
        PinCommand::Unblock { chip, keep_pin } => {
            let mut desk = Desk::open(chip, &mut entropy)?;
            desk.tries()?;
            let puk = typed(context, "puk", "PUK", Puk::parse)?;
            let new = if *keep_pin { None } else { Some(new_pin(context)?) };
            desk.order(Order::UnblockPin { puk, new })?;
            said(context, "unblocked", desk.tries()?)
        }
    }
}

/// The card on the desk, and the session with it: orders are given one after the other, by what the ones before told.
struct Desk<'e> {
    card: Box<dyn Card>,
    session: ServiceSession<'e>,
}

impl<'e> Desk<'e> {
    fn open(chip: &WayInArgs, entropy: &'e mut dyn Entropy) -> Result<Self, Failure> {
        let way_in = WayIn::of(chip)?.request();
        let way_in = way_in.map_err(|error| Failure::input(error.code(), error.to_string(), DIGITS_ADVICE))?;
        let request = ServiceRequest::of_holder(way_in, &chip.eservices.0);
        let mut desk = Self { card: card(chip)?, session: ServiceSession::new(request, entropy) };
        desk.go_on()?;
        Ok(desk)
    }

    /// How many tries the PIN has left: none if it is blocked. The question costs none.
    fn tries(&mut self) -> Result<u8, Failure> {
        match self.ordered(Order::AskTries)? {
            OrderResult::Tries(tries) => Ok(tries),
            result => Err(failed(result)),
        }
    }

    fn order(&mut self, order: Order) -> Result<(), Failure> {
        let result = self.ordered(order)?;
        if result.is_success() { Ok(()) } else { Err(failed(result)) }
    }

    fn ordered(&mut self, order: Order) -> Result<OrderResult, Failure> {
        self.session.order(order)?;
        self.go_on()?;
        Ok(self.session.outcome().orders.last().map_or(OrderResult::Unanswered, |ordered| ordered.result))
    }

    fn go_on(&mut self) -> Result<(), Failure> {
        match drive(self.card.as_mut(), &mut self.session) {
            Ok(()) => Ok(()),
            Err(_) if self.is_unanswered() => Err(failed(OrderResult::Unanswered)),
            Err(DriveError::Driver(error)) => Err(error.into()),
            Err(DriveError::Link(error)) => Err(error.into()),
        }
    }

    fn is_unanswered(&self) -> bool {
        self.session.outcome().orders.iter().any(|ordered| ordered.result == OrderResult::Unanswered)
    }
}

/// A card whose PIN may be tried, and how many tries it has left.
fn usable<'e>(
    chip: &WayInArgs,
    allowed: LastTryArgs,
    entropy: &'e mut dyn Entropy,
) -> Result<(Desk<'e>, String), Failure> {
    let mut desk = Desk::open(chip, entropy)?;
    match desk.tries()? {
        0 => Err(failed(OrderResult::Blocked(CodeName::Pin))),
        1 if !allowed.last_try => {
            Err(Failure::usage("usage.last-try", "the PIN has one try left, and nobody said that it may be used"))
        }
        1 => Ok((desk, "the last try".to_owned())),
        tries => Ok((desk, format!("{tries} tries left"))),
    }
}

/// Digits from their descriptor or the prompt.
fn typed<T>(
    context: &Context,
    name: &str,
    prompt: &str,
    parse: impl Fn(SecretBytes) -> Result<T, CodesError>,
) -> Result<T, Failure> {
    let secrets = Secrets::new(&context.global.secret_fd, None);
    let digits = secrets.ask(name, prompt)?;
    parse(digits).map_err(|error| Failure::input(error.code(), error.to_string(), DIGITS_ADVICE))
}

/// A PIN that is chosen: at the prompt it is typed twice.
fn new_pin(context: &Context) -> Result<Pin, Failure> {
    let new = typed(context, NEW_PIN, "new PIN, eight digits", Pin::parse)?;
    let is_typed = !context.global.secret_fd.iter().any(|descriptor| descriptor.name == NEW_PIN);
    if is_typed && std::io::stdin().is_terminal() {
        let again = typed(context, NEW_PIN, "new PIN, once more", Pin::parse)?;
        if !new.expose(|one| again.expose(|other| sigillo_crypto::ct_eq(one, other))) {
            return Err(Failure::usage("usage.new-pin", "the two new PINs are not the same"));
        }
    }
    Ok(new)
}

fn said(context: &Context, did: &str, tries: u8) -> Result<ExitCode, Failure> {
    let json = json!({ "did": did, "pin": { "tries_left": tries, "blocked": tries == 0 }, "next": next(tries) });
    context.print(&json, || {
        let head = match did {
            "verified" => "The PIN is right. ",
            "changed" => "The PIN is changed. ",
            "unblocked" => "The PIN has its tries back. ",
            _ => "",
        };
        let counter = match tries {
            0 => "The PIN is blocked.".to_owned(),
            1 => "The PIN has one try left.".to_owned(),
            tries => format!("The PIN has {tries} tries left."),
        };
        match next(tries) {
            Value::String(next) => format!("{head}{counter} {next}\n"),
            _ => format!("{head}{counter}\n"),
        }
    });
    Ok(ExitCode::SUCCESS)
}

fn next(tries: u8) -> Value {
    match tries {
        0 => json!("`sigillo chip pin unblock` gives it its tries back with the PUK."),
        1 => json!("A wrong PIN blocks it now."),
        _ => Value::Null,
    }
}

/// A code that was wrong is a check that failed; everything else is the chip's refusal.
fn failed(result: OrderResult) -> Failure {
    let exit = match result {
        OrderResult::Wrong { .. } | OrderResult::Blocked(_) => CHECK_FAILED,
        _ => CHIP,
    };
    Failure { exit, ..Failure::chip(result.code().unwrap_or("inspect.order-refused"), result.to_string()) }
}

const NEW_PIN: &str = "new-pin";
const DIGITS_ADVICE: &str = "Type the eight digits as they stand in the envelope, and nothing else.";
