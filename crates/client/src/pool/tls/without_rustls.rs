//! The connector of a program built without the Cargo feature `tls`: it refuses every mode that asks for encryption.

use super::{
    error::{InvalidTlsSetting, TlsProblem},
    files::Files,
    mode::SslMode,
};

pub(crate) type Connector = tokio_postgres::NoTls;

pub(crate) fn connector(mode: SslMode, files: &Files) -> Result<Connector, InvalidTlsSetting> {
    files.identity()?;
    if mode >= SslMode::Require {
        let problem = format!("{mode} needs a program built with the Cargo feature `tls`");
        return Err(InvalidTlsSetting::new("sslmode", problem));
    }
    Ok(tokio_postgres::NoTls)
}

pub(crate) fn explain(_: &tokio_postgres::Error) -> Option<(TlsProblem, String)> {
    None
}
