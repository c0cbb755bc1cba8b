use std::process::ExitCode;

use serde_json::json;
use sigillo_crypto::EcParameters;
use sigillo_keystore::{IssuerSettings, KeyKind, Mode, OsEntropy, SecretName, SecretSource, SoftwareKeys, TokenKeys};
use sigillo_line::{Home, make_test_sources};
use sigillo_profile::CertificateParameters;
use sigillo_store::Store;

use crate::args::init::InitArgs;
use crate::commands::operators::found_test;
use crate::context::Context;
use crate::failure::Failure;
use crate::secrets::Secrets;

/// `sigillo init`.
pub(crate) fn init(context: &Context, arguments: &InitArgs) -> Result<ExitCode, Failure> {
    let mode = if arguments.production { Mode::Production } else { Mode::Test };
    let home = Home::create(&context.global.home, mode, &arguments.profile, arguments.database.as_deref())?;
    let mut store = Store::create(&context.database(&home)?)?;
    let csca = home.keys().join("csca.der");
    make_keys(context, arguments, &home, &mut store)?;
    let keys = match (arguments.test_keys, arguments.pkcs11.is_some(), arguments.passphrase) {
        (true, _, _) => "test",
        (false, true, _) | (false, _, true) => "empty",
        (false, false, false) => "none",
    };
    let result = json!({
        "home": context.global.home, "profile": home.profile().name, "keys": keys,
        "csca": arguments.test_keys.then_some(&csca),
    });
    context.print(&result, || {
        let mut text = format!("{} made, profile {}\n", context.global.home.display(), home.profile().name);
        if arguments.test_keys {
            text += &format!("test keys made; trust anchor: {}\n", csca.display());
        }
        text
    });
    Ok(ExitCode::SUCCESS)
}

/// Makes the key store that was asked for, if any.
fn make_keys(context: &Context, arguments: &InitArgs, home: &Home, store: &mut Store) -> Result<(), Failure> {
    let (folder, today) = (home.keys(), context.today());
    let mut secrets = Secrets::new(&context.global.secret_fd, None);
    let settings = arguments.test_keys.then(|| settings(home));
    match (&arguments.pkcs11, &arguments.token, settings) {
        (Some(module), Some(token), Some(settings)) => {
            let pin = secrets.secret(SecretName::Pin)?;
            let mut keys = TokenKeys::create_test_with(&folder, module, token, pin, &settings, &mut OsEntropy, today)?;
            make_test_sources(home, &mut keys, &mut OsEntropy, context.whole_seconds())?;
            found_test(context, store, &mut keys)?;
        }
        (Some(module), Some(token), None) => {
            let mark = if arguments.production { KeyKind::Production } else { KeyKind::Test };
            TokenKeys::create(&folder, module, token, mark, secrets.secret(SecretName::Pin)?, today)?;
        }
        (_, _, Some(settings)) => {
            let mut keys = SoftwareKeys::create_test_with(&folder, &settings, &mut OsEntropy, today)?;
            make_test_sources(home, &mut keys, &mut OsEntropy, context.whole_seconds())?;
            found_test(context, store, &mut keys)?;
        }
        _ if arguments.passphrase => {
            let passphrase = secrets.secret(SecretName::Passphrase)?;
            SoftwareKeys::create(&folder, &passphrase, &mut OsEntropy, today)?;
        }
        _ => {}
    }
    Ok(())
}

/// What the profile says of certificates.
fn settings(home: &Home) -> IssuerSettings {
    let profile = home.profile();
    let parameters = match profile.certificate_parameters {
        CertificateParameters::Explicit => EcParameters::Explicit,
        CertificateParameters::Named => EcParameters::Named,
    };
    let document_types = vec![profile.document_code.replace('<', "")];
    IssuerSettings { parameters, document_types, ..IssuerSettings::default() }
}
