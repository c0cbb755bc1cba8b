//! From arguments to an open desk: home, register, keys, rules, and the card at the counter.

use std::path::PathBuf;

use serde_json::Value;
use sigillo_channel::bac::MrzSecret;
use sigillo_issuance::operator::ChangeAct;
use sigillo_line::Home;
use sigillo_office::{CardAtCounter, Desk, OfficeError, Rules, Verifier};
use sigillo_reader::Card;
use sigillo_store::Store;

use crate::args::permit::CardArgs;
use crate::commands::read::{WayIn, card, file_error};
use crate::context::{Context, Open};
use crate::failure::Failure;

/// The rules of the home, or those that the program brings.
pub(super) fn rules(context: &Context) -> Result<Rules, Failure> {
    let path = context.global.home.join("office.toml");
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Rules::default()),
        Err(error) => Err(file_error(&path, &error)),
        Ok(text) => Rules::parse(&text).map_err(Failure::office),
    }
}

/// Opens the register beside the other desks, and asks for something about one permit. It is named by its record: requests and trace
/// hold no number of a document.
pub(crate) fn open_for(context: &Context, act: ChangeAct, document: &str, arguments: &Value) -> Result<Open, Failure> {
    context.operator()?;
    let mut open = context.open()?;
    ask_for(context, &mut open, act, document, arguments)?;
    Ok(open)
}

/// Asks for something about one permit; a number that no permit has names none, and the desk says so.
pub(crate) fn ask_for(
    context: &Context,
    open: &mut Open,
    act: ChangeAct,
    document: &str,
    arguments: &Value,
) -> Result<(), Failure> {
    let record = open.store.permit_standing(document)?.map_or(0, |standing| standing.record.number());
    context.ask(open, act, &record.to_string(), arguments)
}

/// Lets `work` change something at the desk of the home, in the operator's name.
pub(crate) fn at_desk<R>(
    context: &Context,
    open: &mut Open,
    application: &[u8],
    work: impl FnOnce(&mut Desk<'_>) -> Result<R, OfficeError>,
) -> Result<R, Failure> {
    let operator = context.operator()?;
    let rules = rules(context)?;
    let anchors = open.keys.csca_certificates().to_vec();
    let revocations = open.home.revocations(&anchors)?;
    let clock = || context.now();
    let mut desk = Desk {
        store: &mut open.store,
        keys: &*open.keys,
        entropy: &mut open.entropy,
        clock: &clock,
        operator,
        second: open.second.as_deref(),
        rules: &rules,
        verifier: Verifier { anchors: &anchors, revocations, application },
        pki: &open.home.pki(),
    };
    work(&mut desk).map_err(Failure::office)
}

/// A card that was named, with what opens it.
pub(crate) struct Counter {
    card: Box<dyn Card>,
    way_in: WayIn,
    printed: Option<MrzSecret>,
}

impl Counter {
    /// Everything that is typed, then the card.
    pub(crate) fn open(arguments: &CardArgs, image: Option<PathBuf>) -> Result<Self, Failure> {
        if !arguments.is_named() {
            return Err(Failure::usage("usage.no-card", "this needs the card, and none was named"));
        }
        let way_in = arguments.way_in(image);
        let opening = WayIn::of(&way_in)?;
        Ok(Self { card: card(&way_in)?, printed: opening.printed(), way_in: opening })
    }

    /// The card for the desk.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&mut CardAtCounter<'_>) -> R) -> R {
        let opening = || self.way_in.request();
        work(&mut CardAtCounter { card: &mut *self.card, opening: &opening, printed: self.printed.as_ref() })
    }
}

/// The image of the home's own virtual chip of a permit, where that is asked for.
pub(crate) fn image_of(
    context: &Context,
    store: &Store,
    arguments: &CardArgs,
    document_number: &str,
) -> Result<Option<PathBuf>, Failure> {
    if !arguments.virtual_card {
        return Ok(None);
    }
    let serial = store.permit_standing(document_number)?.and_then(|standing| standing.serial);
    let missing = || Failure::usage("usage.no-card", "the home has no virtual chip of this permit");
    let name = format!("{}.{}", serial.ok_or_else(missing)?, sigillo_reader::IMAGE_EXTENSION);
    let chips = Home::open(&context.global.home)?.chips();
    let batches = chips.read_dir().map_err(|error| file_error(&chips, &error))?;
    let found = batches.flatten().map(|batch| batch.path().join(&name)).find(|image| image.is_file());
    found.map(Some).ok_or_else(missing)
}
