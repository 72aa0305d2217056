//! Support tickets on top of barqnet-db: `queries/tickets.sql` as functions, and what one statement can't express.

use barqnet_db::{
    client::{Error, GenericClient},
    embedded,
    migrate::Migrations,
};

#[rustfmt::skip]
#[expect(missing_docs, reason = "the fields of generated structs are columns: the statement's documentation explains them")]
#[expect(clippy::pedantic, reason = "generated code has a style of its own")]
pub mod generated;

use generated::{constraints::Constraint, tickets};

mod own {
    refinery::embed_migrations!("migrations");
}

/// The migrations of barqnet-db, then those of this service, compiled into the program.
pub fn migrations() -> Result<Migrations, barqnet_db::migrate::Error> {
    embedded::migrations().then(Migrations::from_runner(&own::migrations::runner())?.named("support"))
}

/// What became of a request for help.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// A ticket with this number.
    Ticket(i64),
    /// There is no such user.
    NoSuchUser,
    /// The subject is empty.
    NoSubject,
}

/// Opens a ticket.
pub async fn open(client: &impl GenericClient, user_id: i64, subject: &str) -> Result<Opened, Error> {
    match tickets::open().bind(client, &user_id, &subject).one().await {
        Ok(id) => Ok(Opened::Ticket(id)),
        Err(error) => match Constraint::of(&error) {
            Some(Constraint::SupportTicketsUserIdFkey) => Ok(Opened::NoSuchUser),
            Some(Constraint::ChkSupportTicketsSubject) => Ok(Opened::NoSubject),
            _ => Err(error),
        },
    }
}
