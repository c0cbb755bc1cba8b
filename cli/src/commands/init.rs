use std::process::ExitCode;

use serde_json::json;
use sigillo_crypto::EcParameters;
use sigillo_keystore::{IssuerSettings, Mode, OsEntropy, SoftwareKeys};
use sigillo_line::Home;
use sigillo_profile::CertificateParameters;
use sigillo_store::Store;

use crate::args::init::InitArgs;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo init`.
pub(crate) fn init(context: &Context, arguments: &InitArgs) -> Result<ExitCode, Failure> {
    let mode = if arguments.production { Mode::Production } else { Mode::Test };
    let home = Home::create(&context.global.home, mode, &arguments.profile)?;
    Store::create(&home.database())?;
    let csca = home.keys().join("csca.der");
    if arguments.test_keys {
        let profile = home.profile();
        let parameters = match profile.certificate_parameters {
            CertificateParameters::Explicit => EcParameters::Explicit,
            CertificateParameters::Named => EcParameters::Named,
        };
        let document_types = vec![profile.document_code.replace('<', "")];
        let settings = IssuerSettings { parameters, document_types, ..IssuerSettings::default() };
        SoftwareKeys::create_test_with(&home.keys(), &settings, &mut OsEntropy, context.today())?;
    }
    let keys = if arguments.test_keys { "test" } else { "none" };
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
