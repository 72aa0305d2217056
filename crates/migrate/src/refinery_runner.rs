//! refinery's own runner for a source. It runs every migration in a transaction, also one that can't run in one as it is
//! written: that one gets another text and keeps its checksum, so that both runners agree on the history.

use barqnet_db_sql::{Kind, MigrationFile, Token, quote_identifier, statements, tokens};
use refinery::Migration;
use serde::{
    Deserialize as _, Deserializer,
    de::{
        IntoDeserializer, Visitor,
        value::{Error, MapDeserializer},
    },
    forward_to_deserialize_any,
};

use super::source::Source;

pub(super) fn of(source: &Source) -> refinery::Runner {
    let migrations: Vec<Migration> = source.iter().map(for_a_transaction).collect();
    let mut runner = refinery::Runner::new(&migrations);
    runner.set_migration_table_name(&source.tables.history);
    runner
}

fn for_a_transaction(migration: &Migration) -> Migration {
    let sql = migration.sql().unwrap_or_default();
    if MigrationFile::new(sql).directives().no_transaction {
        with_text(migration, &text_for_a_transaction(sql))
    } else {
        migration.clone()
    }
}

/// What has the same effect in a transaction: an index is built or dropped without CONCURRENTLY, a block does not commit, and
/// VACUUM and REINDEX, which change neither schema nor rows, are left out.
fn text_for_a_transaction(sql: &str) -> String {
    let mut text = String::new();
    let mut kept = 0;
    for statement in statements(sql) {
        let begins_with = |word: &str| statement.begins_with(&[word]);
        if begins_with("VACUUM") || begins_with("REINDEX") {
            text += &sql[kept..statement.offset];
            kept = statement.tokens.last().map_or(statement.offset, Token::end);
            continue;
        }
        let index = statement.tokens.windows(2).find(|pair| pair[0].is("EXISTS")).and_then(|pair| pair[1].identifier());
        if let Some(index) = index.filter(|_| begins_with("CREATE")) {
            text += &drop_invalid(&index);
        }
        for token in statement.tokens.iter().filter(|token| token.is("CONCURRENTLY")) {
            text += &sql[kept..token.offset];
            kept = token.end();
        }
        let body = statement.tokens.iter().find_map(Token::dollar_body).filter(|_| begins_with("DO"));
        for commit in body.iter().flat_map(|(body, offset)| commits(body).into_iter().map(move |at| offset + at)) {
            text += &sql[kept..commit];
            text += "NULL";
            kept = commit + "COMMIT".len();
        }
    }
    text + &sql[kept..]
}

/// The byte offsets of the statements `COMMIT;` in the body of a block.
fn commits(body: &str) -> Vec<usize> {
    let all: Vec<Token<'_>> = tokens(body).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let commits = all.windows(2).filter(|pair| pair[0].is("COMMIT") && pair[1].is(";"));
    commits.map(|pair| pair[0].offset).collect()
}

/// SQL that drops an index which an interrupted run of the other runner left: IF NOT EXISTS would take it for a finished one.
fn drop_invalid(index: &str) -> String {
    let name = quote_identifier(index);
    let text = name.replace('\'', "''");
    format!(
        "DO $drop$
         BEGIN
             IF EXISTS (SELECT FROM pg_index WHERE indexrelid = TO_REGCLASS('{text}') AND NOT indisvalid) THEN
                 DROP INDEX {name};
             END IF;
         END
         $drop$;\n"
    )
}

/// The migration with another text and its own checksum. refinery computes the checksum of a text itself, except when it
/// deserialises.
fn with_text(migration: &Migration, sql: &str) -> Migration {
    let fields = [
        ("state", Value::Text("Unapplied")),
        ("name", Value::Text(migration.name())),
        ("checksum", Value::Checksum(migration.checksum())),
        ("version", Value::Version(migration.version())),
        ("prefix", Value::Text("Versioned")),
        ("sql", Value::Text(sql)),
        ("applied_on", Value::None),
    ];
    Migration::deserialize(MapDeserializer::new(fields.into_iter()))
        .unwrap_or_else(|error| unreachable!("these are the fields of refinery's migrations: {error}"))
}

/// The value of a field.
#[derive(Clone, Copy)]
enum Value<'v> {
    Text(&'v str),
    Checksum(u64),
    Version(i32),
    None,
}

impl IntoDeserializer<'_> for Value<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_str(text),
            Self::Checksum(number) => visitor.visit_u64(number),
            Self::Version(number) => visitor.visit_i32(number),
            Self::None => visitor.visit_none(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::None => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(variant) => visitor.visit_enum(variant.into_deserializer()),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_built_and_dropped_without_concurrently() {
        let text = text_for_a_transaction(
            "-- CONCURRENTLY.\nCREATE UNIQUE INDEX concurrently IF NOT EXISTS \"A b\" ON c (d);\n/* rollback\nx */\n",
        );
        assert!(text.starts_with("DO $drop$") && text.contains("TO_REGCLASS('\"A b\"')"), "{text}");
        let end = "-- CONCURRENTLY.\nCREATE UNIQUE INDEX  IF NOT EXISTS \"A b\" ON c (d);\n/* rollback\nx */\n";
        assert!(text.ends_with(end), "{text}");
        assert_eq!(text_for_a_transaction("DROP INDEX CONCURRENTLY IF EXISTS a"), "DROP INDEX  IF EXISTS a");
    }

    #[test]
    fn what_changes_no_schema_is_left_out() {
        assert_eq!(text_for_a_transaction("-- Why.\nVACUUM (ANALYZE) a;\n"), "-- Why.\n;\n");
        assert_eq!(text_for_a_transaction("REINDEX INDEX CONCURRENTLY a"), "");
    }

    #[test]
    fn a_block_does_not_commit() {
        let sql = "DO $$ BEGIN LOOP UPDATE a SET b = 'COMMIT;'; COMMIT; END LOOP; commit ; END $$;";
        let text = "DO $$ BEGIN LOOP UPDATE a SET b = 'COMMIT;'; NULL; END LOOP; NULL ; END $$;";
        assert_eq!(text_for_a_transaction(sql), text);
    }

    #[test]
    fn another_text_keeps_name_version_and_checksum() {
        let migration = Migration::unapplied("V7__seven", "SELECT 1").expect("a good name");
        let other = with_text(&migration, "SELECT 2");
        assert_eq!(other, migration);
        assert_eq!(other.sql(), Some("SELECT 2"));
    }
}
