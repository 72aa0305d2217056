//! Migrates its database and validates the session of a token.

use std::{env, error::Error};

use barqnet_db::{
    embedded, migrate,
    pool::{self, Settings},
    sessions::{self, SessionPolicy, Token},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token: Token = env::args().nth(1).ok_or("which token?")?.parse()?;
    let settings = Settings::from_env()?;
    migrate::migrate(&settings, &embedded::migrations()).await?;
    let pool = pool::connect(settings).await?;
    let session = sessions::validate(&pool.get().await?, &token.hash(), &SessionPolicy::default()).await?;
    println!("{}", session.map_or_else(|| "no session".to_owned(), |session| session.username));
    Ok(())
}
