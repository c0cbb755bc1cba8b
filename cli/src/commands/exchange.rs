use std::path::Path;
use std::process::ExitCode;

use comfy_table::Table;
use serde_json::{Value, json};
use sigillo_exchange::{Certificates, Desk, Received, Sent, add_partner, receive, renew_partner, send, write_again};
use sigillo_issuance::operator::ChangeAct;
use sigillo_line::Home;
use sigillo_seal::x509::Certificate;
use sigillo_store::{By, PartnerRow, Receives, Store};

use crate::args::exchange::{CertificateArgs, ExchangeCommand, PartnerCommand, ReceivesArg};
use crate::commands::pki::files;
use crate::commands::read::file_error;
use crate::context::{Context, Open};
use crate::failure::Failure;

/// `sigillo exchange …`.
pub(crate) fn exchange(context: &Context, command: &ExchangeCommand) -> Result<ExitCode, Failure> {
    match command {
        ExchangeCommand::Partner(PartnerCommand::List) | ExchangeCommand::Status => status(context),
        ExchangeCommand::Partner(command) => partner(context, command),
        ExchangeCommand::Receive { file } => {
            let octets = std::fs::read(file).map_err(|error| file_error(file, &error))?;
            let digest = hex::encode(sigillo_crypto::sha256(&octets));
            let asked = json!({ "digest": digest });
            let mut open = context.open_to_change(ChangeAct::ExchangeReceive, &digest, &asked)?;
            let received = at_the_desk(context, &mut open, |desk| receive(desk, &octets))?;
            Ok(print_received(context, &received))
        }
        ExchangeCommand::Send { to, out, again } => {
            let mut open = context.open_to_change(ChangeAct::ExchangeSend, to, &json!({ "again": again }))?;
            match again {
                Some(number) => {
                    let file = at_the_desk(context, &mut open, |desk| write_again(desk, to, *number, out))?;
                    let result = json!({ "partner": to, "number": number, "file": file });
                    context.print(&result, || format!("message {number} to {to}: {}\n", file.display()));
                }
                None => print_sent(context, to, &send_all(context, &mut open, to, out)?),
            }
            Ok(ExitCode::SUCCESS)
        }
        ExchangeCommand::Outbox { destination, ack: Some(through), .. } => {
            let asked = json!({ "through": through });
            let mut open = context.open_to_change(ChangeAct::ExchangeAcknowledge, destination, &asked)?;
            let at = context.now().to_string();
            let by = By { operator: context.operator()?, at: &at, run: None };
            open.store.outbox_acknowledge(by, destination, *through)?;
            let result = json!({ "destination": destination, "acknowledged": through });
            context.print(&result, || format!("{destination} has every event up to {through}\n"));
            Ok(ExitCode::SUCCESS)
        }
        ExchangeCommand::Outbox { destination, ack: None, limit } => outbox(context, destination, *limit),
    }
}

fn partner(context: &Context, command: &PartnerCommand) -> Result<ExitCode, Failure> {
    let (name, certificates) = match command {
        PartnerCommand::Add { name, certificates, .. } | PartnerCommand::Renew { name, certificates } => {
            (name, read(certificates)?)
        }
        PartnerCommand::List => return status(context),
    };
    let asked = asked(&certificates);
    let mut open = context.open_to_change(ChangeAct::ExchangePartner, name, &asked)?;
    at_the_desk(context, &mut open, |desk| match command {
        PartnerCommand::Add { own_name, receives, .. } => {
            let receives = match receives {
                ReceivesArg::Own => Receives::Own,
                ReceivesArg::All => Receives::All,
            };
            add_partner(desk, name, own_name, receives, &certificates)
        }
        _ => renew_partner(desk, name, &certificates),
    })?;
    print_partners(context, &open.store, &[open.store.partner(name)?])
}

/// The certificates that are believed from then on.
fn asked(certificates: &Certificates) -> Value {
    let digest = |certificate: &Certificate| hex::encode(sigillo_crypto::sha256(certificate.der()));
    json!({
        "encryption": digest(&certificates.encryption),
        "signers": certificates.signers.iter().map(digest).collect::<Vec<_>>(),
    })
}

fn read(certificates: &CertificateArgs) -> Result<Certificates, Failure> {
    let signers: Vec<Certificate> = files::certificates(&certificates.signer)?;
    Ok(Certificates { signers, encryption: files::certificate(&certificates.encryption)? })
}

/// Lets `work` receive or send in the operator's name.
fn at_the_desk<R>(
    context: &Context,
    open: &mut Open,
    work: impl FnOnce(&mut Desk<'_>) -> Result<R, sigillo_exchange::ExchangeError>,
) -> Result<R, Failure> {
    let at = context.now().to_string();
    let by = By { operator: context.operator()?, at: &at, run: None };
    let now = context.whole_seconds();
    let Open { home, store, keys, entropy, .. } = open;
    work(&mut Desk { home, store, keys: &**keys, entropy, by, now }).map_err(Failure::exchange)
}

fn send_all(context: &Context, open: &mut Open, to: &str, out: &Path) -> Result<Vec<Sent>, Failure> {
    let mut all = Vec::new();
    while let Some(sent) = at_the_desk(context, open, |desk| send(desk, to, out))? {
        all.push(sent);
    }
    Ok(all)
}

fn print_received(context: &Context, received: &Received) -> ExitCode {
    let lot = received.lot.as_ref();
    let result = json!({
        "partner": received.partner, "number": received.number, "kind": received.kind,
        "digest": hex::encode(received.digest), "acknowledged": received.acknowledged,
        "lot": lot.and_then(|lot| lot.lot).map(|lot| lot.number()), "records": lot.map(|lot| lot.summary.lines),
    });
    context.print(&result, || {
        let Received { partner, number, acknowledged, .. } = received;
        match lot {
            Some(report) => {
                let lot = report.lot.map(|lot| lot.to_string()).unwrap_or_default();
                format!("message {number} of {partner}: lot {lot}, {} records imported\n", report.summary.lines)
            }
            None => format!("message {number} of {partner}: {acknowledged} of our messages acknowledged\n"),
        }
    });
    ExitCode::SUCCESS
}

fn print_sent(context: &Context, to: &str, sent: &[Sent]) {
    let messages: Vec<Value> = sent
        .iter()
        .map(|sent| {
            json!({
                "number": sent.number, "digest": hex::encode(sent.digest), "acknowledgements": sent.acknowledgements,
                "events": sent.events, "file": sent.file,
            })
        })
        .collect();
    context.print(&json!({ "partner": to, "messages": messages }), || {
        let line = |sent: &Sent| {
            let Sent { number, acknowledgements, events, file, .. } = sent;
            format!(
                "message {number} to {to}: {acknowledgements} acknowledgements, {events} events: {}\n",
                file.display()
            )
        };
        match sent {
            [] => format!("nothing to tell {to}\n"),
            _ => sent.iter().map(line).collect(),
        }
    });
}

fn outbox(context: &Context, destination: &str, limit: u64) -> Result<ExitCode, Failure> {
    let store = context.store(&Home::open(&context.global.home)?)?;
    let acknowledged = store.outbox_acknowledged(destination)?;
    let rows = store.outbox_after(acknowledged, limit)?;
    let events: Vec<Value> = rows
        .iter()
        .map(|row| {
            let notification: Value = serde_json::from_slice(&row.body).unwrap_or_default();
            json!({ "number": row.number, "id": hex::encode(row.id), "notification": notification })
        })
        .collect();
    let result = json!({ "destination": destination, "acknowledged": acknowledged, "events": events });
    context.print(&result, || {
        let mut table = Table::new();
        table.set_header(["number", "document", "event", "state", "at"]);
        for event in &events {
            let text = |member: &str| event["notification"][member].as_str().unwrap_or("–").to_owned();
            table.add_row([event["number"].to_string(), text("document"), text("event"), text("state"), text("at")]);
        }
        format!("{table}\n{destination} has every event up to {acknowledged}\n")
    });
    Ok(ExitCode::SUCCESS)
}

fn status(context: &Context) -> Result<ExitCode, Failure> {
    let store = context.store(&Home::open(&context.global.home)?)?;
    print_partners(context, &store, &store.partners()?)
}

fn print_partners(context: &Context, store: &Store, partners: &[PartnerRow]) -> Result<ExitCode, Failure> {
    let (end, mut shown, mut table) = (store.outbox_end()?, Vec::new(), Table::new());
    table.set_header(["partner", "calls us", "is told", "next from", "next to", "not acknowledged", "events waiting"]);
    let signers = store.partner_signers()?;
    for partner in partners {
        let open: Vec<u64> = store
            .messages(&partner.name)?
            .iter()
            .filter(|message| !message.is_incoming && message.acknowledged_at.is_none())
            .map(|message| message.number)
            .collect();
        let waiting = store.events_for(partner, partner.sent, u64::from(u32::MAX))?.len();
        let signers: Vec<String> = signers
            .iter()
            .filter(|(name, _)| *name == partner.name)
            .map(|(_, der)| hex::encode(sigillo_crypto::sha256(der)))
            .collect();
        table.add_row([
            partner.name.clone(),
            partner.own_name.clone(),
            partner.receives.name().to_owned(),
            partner.next_in.to_string(),
            partner.next_out.to_string(),
            open.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
            waiting.to_string(),
        ]);
        shown.push(json!({
            "name": partner.name, "own_name": partner.own_name, "receives": partner.receives.name(),
            "next_in": partner.next_in, "next_out": partner.next_out, "unacknowledged": open, "events_waiting": waiting,
            "signers": signers, "encryption": hex::encode(sigillo_crypto::sha256(&partner.encryption)),
        }));
    }
    context.print(&json!({ "partners": shown, "outbox_end": end }), || format!("{table}\n"));
    Ok(ExitCode::SUCCESS)
}
