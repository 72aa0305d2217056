//! A statement as the build step checked it, and whether the database still fits it.

use postgres_types::{Kind, ToSql, Type};
use tokio_postgres::Statement;

use super::{
    error::Error,
    generated::{execute, raw},
    rows::Rows,
    session::GenericClient,
    types::base,
    words,
};

/// A statement: its name, its place, its SQL, and the types that the build step found on the migrated database.
///
/// Generated code has one per statement, and [`Query::by_hand`] makes one for SQL in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// `module.function`: errors, tracing spans and the server's log have it.
    pub name: &'static str,
    /// The query file, relative to the project. Empty for SQL in a program.
    pub file: &'static str,
    /// The line of the query's `--!` annotation. 0 for SQL in a program, whose types are not known and not compared.
    pub line: u32,
    /// What is sent, with `$1` for the first parameter.
    pub sql: &'static str,
    /// The types of the parameters, as [`type_name`] writes them.
    pub parameters: &'static [&'static str],
    /// The names and types of the result's columns.
    pub columns: &'static [(&'static str, &'static str)],
    /// Whether it may leave something behind in its session: a setting, a lock, a transaction. A pool's connection is reset
    /// before its next borrower then.
    pub changes_session: bool,
}

impl Query {
    /// SQL in a program. `name` is for errors and tracing; the SQL itself should begin with it as a comment, for the
    /// server's log: `/* maintenance.vacuum */ VACUUM orders`.
    ///
    /// It counts as a change of the session unless its first word says that it reads or writes rows, and if it contains the name
    /// of a system function that changes the session, such as `pg_advisory_lock`. A function of the database that does so is
    /// not recognised: set [`changes_session`](Self::changes_session).
    #[must_use]
    pub const fn by_hand(name: &'static str, sql: &'static str) -> Self {
        let changes_session = !words::is_about_rows(sql) || words::names_session_function(sql);
        Self { name, file: "", line: 0, sql, parameters: &[], columns: &[], changes_session }
    }

    /// Runs the statement and returns the number of rows that it changed; rows that it returns are dropped.
    ///
    /// # Errors
    ///
    /// What PostgreSQL or the connection reports, with the name of the statement.
    pub async fn execute<C: GenericClient>(
        &'static self,
        client: &C,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        execute(client, self, parameters).await
    }

    /// Runs the statement and returns its rows as they arrive.
    ///
    /// # Errors
    ///
    /// What PostgreSQL or the connection reports, with the name of the statement.
    pub async fn stream<'c, C: GenericClient>(
        &'static self,
        client: &'c C,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<'c>, Error> {
        raw(client, self, parameters).await
    }

    /// Compares the statement, as this database has prepared it, with the build.
    pub(super) fn check(&'static self, prepared: &Statement) -> Result<(), Error> {
        if self.line == 0 {
            return Ok(());
        }
        let columns = prepared.columns();
        self.check_shape(prepared.params(), columns.len(), |index| (columns[index].name(), columns[index].type_()))
    }

    /// Compares the columns of a row of a statement that was not prepared with the build.
    pub(super) fn check_row(&'static self, row: &tokio_postgres::Row) -> Result<(), Error> {
        if self.line == 0 {
            return Ok(());
        }
        let columns = row.columns();
        self.check_columns(columns.len(), |index| (columns[index].name(), columns[index].type_()))
    }

    fn check_shape<'t>(
        &'static self,
        parameters: &[Type],
        columns: usize,
        column: impl Fn(usize) -> (&'t str, &'t Type),
    ) -> Result<(), Error> {
        let differs = |what, expected, found| Err(self.changed(what, expected, found));
        if parameters.len() != self.parameters.len() {
            let (expected, found) = (self.parameters.len().to_string(), parameters.len().to_string());
            return differs("the number of parameters".to_owned(), expected, found);
        }
        for (index, (expected, found)) in self.parameters.iter().zip(parameters).enumerate() {
            if !is_same_value(expected, found) {
                return differs(format!("parameter ${}", index + 1), (*expected).to_owned(), type_name(found));
            }
        }
        self.check_columns(columns, column)
    }

    fn changed(&'static self, what: String, expected: String, found: String) -> Error {
        Error::Changed { statement: self, what, expected, found }
    }

    fn check_columns<'t>(
        &'static self,
        columns: usize,
        column: impl Fn(usize) -> (&'t str, &'t Type),
    ) -> Result<(), Error> {
        for index in 0..columns.max(self.columns.len()) {
            let expected = self.columns.get(index);
            let found = (index < columns).then(|| column(index));
            if let (Some((name, type_)), Some((found, found_type))) = (expected, found)
                && *name == found
                && is_same_value(type_, found_type)
            {
                continue;
            }
            let expected = expected.map_or("nothing".to_owned(), |(name, type_)| format!("{name} {type_}"));
            let found = found.map_or("missing".to_owned(), |(name, ty)| format!("{name} {}", type_name(ty)));
            return Err(self.changed(format!("column {}", index + 1), expected, found));
        }
        Ok(())
    }
}

/// The name of a type in a [`Query`]: `text`, `int4[]`, `public.order_status`. A domain has the name of its base type, as
/// its values do on the wire.
#[must_use]
pub fn type_name(ty: &Type) -> String {
    let ty = base(ty);
    match (ty.kind(), ty.schema()) {
        (Kind::Array(element), _) => type_name(element) + "[]",
        (_, "pg_catalog") => ty.name().to_owned(),
        (_, schema) => format!("{schema}.{}", ty.name()),
    }
}

/// Whether values of both types have one form on the wire and one Rust type, so that a change between them changes
/// nothing for the program.
pub(crate) fn is_same_value(expected: &str, found: &Type) -> bool {
    let found = base(found);
    match (expected.strip_suffix("[]"), found.kind()) {
        (Some(expected), Kind::Array(found)) => is_same_value(expected, found),
        (Some(_), _) | (None, Kind::Array(_)) => false,
        (None, _) => {
            let (schema, name) = expected.split_once('.').unwrap_or(("pg_catalog", expected));
            // The build has what the search path finds in `public`; a database may have it in another schema.
            let is_schema = schema == found.schema() || (schema == "public" && found.schema() != "pg_catalog");
            (name == found.name() && is_schema)
                || family(name).is_some_and(|family_| family(found.name()) == Some(family_))
        }
    }
}

/// Types that differ only in what the server does with them.
fn family(name: &str) -> Option<&'static str> {
    match name {
        "text" | "varchar" | "bpchar" | "name" | "citext" => Some("text"),
        "json" | "jsonb" => Some("json"),
        "bit" | "varbit" => Some("bits"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static RECENT: Query = Query {
        name: "audit.recent",
        file: "queries/audit.sql",
        line: 12,
        sql: "/* audit.recent */ SELECT id, action FROM audit_log WHERE id < $1",
        parameters: &["int4"],
        columns: &[("id", "int4"), ("action", "text")],
        changes_session: false,
    };

    fn message(parameters: &[Type], columns: &[(&str, Type)]) -> Option<String> {
        let column = |index: usize| (columns[index].0, &columns[index].1);
        RECENT.check_shape(parameters, columns.len(), column).err().map(|error| error.to_string())
    }

    #[test]
    fn a_result_of_another_shape_is_an_error_with_place_column_and_both_types() {
        let (id, action) = (("id", Type::INT4), ("action", Type::TEXT));
        for (parameters, columns, part) in [
            (vec![Type::INT4], vec![id.clone(), action.clone()], ""),
            (vec![Type::INT4], vec![id.clone(), ("action", Type::VARCHAR)], ""),
            (vec![Type::INT8], vec![id.clone(), action.clone()], "parameter $1 is int8"),
            (vec![], vec![id.clone(), action.clone()], "the number of parameters is 0"),
            (vec![Type::INT4], vec![action.clone(), id.clone()], "column 1 is action text"),
            (vec![Type::INT4], vec![("id", Type::INT8), action.clone()], "column 1 is id int8"),
            (vec![Type::INT4], vec![id.clone()], "column 2 is missing"),
            (vec![Type::INT4], vec![id, action, ("secret", Type::TEXT_ARRAY)], "column 3 is secret text[]"),
        ] {
            let found = message(&parameters, &columns);
            let is_as_expected = found.as_ref().map_or(part.is_empty(), |found| {
                !part.is_empty() && found.starts_with(&format!("audit.recent (queries/audit.sql:12): {part}"))
            });
            assert!(is_as_expected, "{part}: {found:?}");
        }
        let message = message(&[Type::INT4], &[("id", Type::INT4), ("details", Type::JSONB)]).expect("it differs");
        assert_eq!(
            message,
            "audit.recent (queries/audit.sql:12): column 2 is details jsonb in this database, and this program was built \
             for action text"
        );
    }

    #[test]
    fn types_with_one_form_on_the_wire_are_the_same() {
        let of = |schema: &str, kind| Type::new("mood".to_owned(), 70_000, kind, schema.to_owned());
        let domain = of("public", Kind::Domain(Type::TEXT));
        for (expected, found, is_same) in [
            ("text", &Type::VARCHAR, true),
            ("text[]", &Type::VARCHAR_ARRAY, true),
            ("text", &Type::VARCHAR_ARRAY, false),
            ("text", &Type::BYTEA, false),
            ("text", &domain, true),
            ("jsonb", &Type::JSON, true),
            ("jsonb", &Type::TEXT, false),
            ("int4", &Type::INT8, false),
            ("timestamptz", &Type::TIMESTAMP, false),
            ("public.mood", &of("public", Kind::Enum(vec!["new label".to_owned()])), true),
            ("public.mood", &of("app", Kind::Enum(Vec::new())), true),
            ("app.mood", &of("public", Kind::Enum(Vec::new())), false),
            ("public.mood", &Type::TEXT, false),
            ("public.citext", &Type::TEXT, true),
        ] {
            assert_eq!(is_same_value(expected, found), is_same, "{expected}, {found}");
        }
    }
}
