// Written by the build step from queries/tickets.sql. Edit that file: `cargo build` brings this one up to date.

//! Support tickets, beside the users and sessions of barqnet-db.

use barqnet_db::client as db;
/// The parameters of [`open`](fn@open).
#[derive(Debug)]
pub struct OpenParams<T1> {
    pub user_id: i64,
    pub subject: T1,
}
/// The parameters of [`of_user`](fn@of_user).
#[derive(Clone, Copy, Debug)]
pub struct OfUserParams {
    pub user_id: i64,
    pub limit: i64,
}
/// A row of [`of_user`](fn@of_user).
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    pub id: i64,
    pub subject: String,
    pub opened_at: chrono::DateTime<chrono::Utc>,
    pub closed_at: Option<chrono::DateTime<chrono::Utc>>,
    pub username: String,
    pub phone_number: Option<String>,
    pub last_seen: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Ticket`] that borrows from the row it was read from.
pub struct TicketBorrowed<'a> {
    pub id: i64,
    pub subject: &'a str,
    pub opened_at: chrono::DateTime<chrono::Utc>,
    pub closed_at: Option<chrono::DateTime<chrono::Utc>>,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub last_seen: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<TicketBorrowed<'a>> for Ticket {
    fn from(it: TicketBorrowed<'a>) -> Self {
        Self {
            id: it.id, subject: it.subject.into(), opened_at: it.opened_at, closed_at: it.closed_at,
            username: it.username.into(), phone_number: it.phone_number.map(|v| v.into()), last_seen: it.last_seen,
        }
    }
}
/// The statement [`open`](fn@open).
#[derive(Clone, Copy, Debug)]
pub struct OpenStmt;
/// Opens a ticket. Without such a user it fails with `support_tickets_user_id_fkey`.
pub fn open() -> OpenStmt {
    OpenStmt
}
impl OpenStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "tickets.open",
        file: "queries/tickets.sql",
        line: 3,
        sql: "/* tickets.open */ INSERT INTO support_tickets (user_id, subject) VALUES ($1, $2) RETURNING id",
        parameters: &["int8", "text"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        subject: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [user_id, subject], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a OpenParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.user_id, &params.subject)
    }
}
impl db::Returning for OpenStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`close`](fn@close).
#[derive(Clone, Copy, Debug)]
pub struct CloseStmt;
/// Closes an open ticket.
pub fn close() -> CloseStmt {
    CloseStmt
}
impl CloseStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "tickets.close",
        file: "queries/tickets.sql",
        line: 9,
        sql: "/* tickets.close */ UPDATE support_tickets SET closed_at = CURRENT_TIMESTAMP WHERE id = $1 AND closed_at IS NULL",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, id: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id]).await
    }
}
/// Where a page of [`of_user`](fn@of_user) begins or ends.
pub type OfUserCursor = db::Cursor<OfUserStmt>;
/// The statement [`of_user`](fn@of_user); a row is a [`Ticket`].
#[derive(Clone, Copy, Debug)]
pub struct OfUserStmt;
/// The tickets of a user in pages, the newest first, with the user's last session.
pub fn of_user() -> OfUserStmt {
    OfUserStmt
}
impl OfUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "tickets.of_user",
        file: "queries/tickets.sql",
        line: 15,
        sql: "/* tickets.of_user */ SELECT t.id, t.subject, t.opened_at, t.closed_at, u.username, u.phone_number, (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id) AS last_seen FROM support_tickets t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 ORDER BY t.id DESC LIMIT $2",
        parameters: &["int8", "int8"],
        columns: &[("id", "int8"), ("subject", "text"), ("opened_at", "timestamptz"), ("closed_at", "timestamptz"), ("username", "varchar"), ("phone_number", "varchar"), ("last_seen", "timestamptz")],
        changes_session: false,
    };
    /// The statement of each choice.
    pub const VARIANTS: &'static [db::Variant] = &[
        // the first page
        db::Variant::new(Self::QUERY, Self::QUERY.sql, Self::QUERY.parameters, &[0, 1]),
        // a page after a cursor
        db::Variant::new(Self::QUERY, "/* tickets.of_user */ SELECT t.id, t.subject, t.opened_at, t.closed_at, u.username, u.phone_number, (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id) AS last_seen FROM support_tickets t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3", &["int8", "int8", "int8"], &[0, 2, 1]),
        // the last page
        db::Variant::new(Self::QUERY, "/* tickets.of_user */ SELECT t.id, t.subject, t.opened_at, t.closed_at, u.username, u.phone_number, (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id) AS last_seen FROM support_tickets t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 ORDER BY t.id LIMIT $2", &["int8", "int8"], &[0, 1]),
        // a page before a cursor
        db::Variant::new(Self::QUERY, "/* tickets.of_user */ SELECT t.id, t.subject, t.opened_at, t.closed_at, u.username, u.phone_number, (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id) AS last_seen FROM support_tickets t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3", &["int8", "int8", "int8"], &[0, 2, 1]),
    ];
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        limit: &'a i64,
    ) -> db::Pages<'c, 'a, C, Self, 2> {
        let variant = db::variant(&[], 0);
        db::Pages::new(client, [user_id, limit], (variant, 0), (1, *limit), |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a OfUserParams,
    ) -> db::Pages<'c, 'a, C, Self, 2> {
        self.bind(client, &params.user_id, &params.limit)
    }
}
impl db::Returning for OfUserStmt {
    type Row = Ticket;
    type Borrowed<'r> = TicketBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(TicketBorrowed {
            id: row.try_get(0)?, subject: row.try_get(1)?, opened_at: row.try_get(2)?, closed_at: row.try_get(3)?,
            username: row.try_get(4)?, phone_number: row.try_get(5)?, last_seen: row.try_get(6)?,
        })
    }
}
impl db::Paged for OfUserStmt {
    const QUERY: &'static db::Query = Self::QUERY;
    const VARIANTS: &'static [db::Variant] = Self::VARIANTS;
    const ORDERS: &'static [db::PageOrder] = &[
        db::PageOrder { name: "", tag: 0x786d709f, keys: &[(0, "int8")] },
    ];
}
