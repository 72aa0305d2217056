//! `support migrate`, `support status` and the other commands; without one, opens a ticket for the user 1.

use std::{env, error::Error, process::ExitCode};

use barqnet_db::{
    migrate::migrate,
    pool::{self, Settings},
};
use barqnet_db_cli::Commands;
use barqnet_db_service_with_tables::{migrations, open};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(exit) => exit,
        Err(error) => {
            // Display, not Debug: the text says what to do.
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(exit) = Commands::new("support", migrations()?).run_if_named(env::args_os()) {
        return Ok(exit.into());
    }
    let settings = Settings::from_env()?;
    migrate(&settings, &migrations()?).await?;
    let pool = pool::connect(settings).await?;
    println!("{:?}", open(&pool.get().await?, 1, "It does not connect").await?);
    Ok(ExitCode::SUCCESS)
}
