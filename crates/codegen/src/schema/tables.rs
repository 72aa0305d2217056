//! Writes a table as a person would: its columns, constraints, indexes and comments.

use barqnet_db_sql::quote_identifier;

use super::{
    catalogue::{Column, Constraint, Relation},
    constraints::{Written, default_value},
    objects::{Qualified, comment_on},
};

/// `CREATE TABLE …;` with its constraints but those in `apart`, and what belongs to it: owned sequences, row security,
/// comments.
pub(super) fn table(table: &Relation, written: &Written, apart: &[u32]) -> String {
    let name = table.name.written();
    let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
    let inside = table.constraints.iter().filter(|constraint| !apart.contains(&constraint.oid));
    let mut lines: Vec<String> = Vec::new();
    if table.partition_of.is_none() {
        lines.extend(columns(&table.name, &table.columns));
    }
    lines.extend(inside.map(|it| format!("CONSTRAINT {} {}", quote_identifier(&it.name), written.constraint(it))));
    let body = if lines.is_empty() { String::new() } else { format!(" (\n    {}\n)", lines.join(",\n    ")) };
    let mut sql = match &table.partition_of {
        Some((parent, bound)) => format!("CREATE {unlogged}TABLE {name} PARTITION OF {parent}{body} {bound}"),
        None if body.is_empty() => format!("CREATE {unlogged}TABLE {name} ()"),
        None => format!("CREATE {unlogged}TABLE {name}{body}"),
    };
    if let Some(key) = &table.partitioned_by {
        sql += &format!(" PARTITION BY {key}");
    }
    if !table.options.is_empty() {
        let options: Vec<_> = table.options.iter().map(|option| option.replacen('=', " = ", 1)).collect();
        sql += &format!(" WITH ({})", options.join(", "));
    }
    sql += ";";
    for column in table.columns.iter().filter(|column| serial(&table.name, column).is_none()) {
        if let Some(sequence) = &column.sequence {
            sql +=
                &format!("\nALTER SEQUENCE {} OWNED BY {name}.{};", sequence.written(), quote_identifier(&column.name));
        }
    }
    if table.row_security {
        sql += &format!("\nALTER TABLE {name} ENABLE ROW LEVEL SECURITY;");
    }
    let on_table = comment_on(&format!("TABLE {name}"), table.comment.as_deref());
    let on_columns = table.columns.iter().filter_map(|column| {
        comment_on(&format!("COLUMN {name}.{}", quote_identifier(&column.name)), column.comment.as_deref())
    });
    let on_constraints = table.constraints.iter().filter(|it| !apart.contains(&it.oid)).filter_map(|it| {
        comment_on(&format!("CONSTRAINT {} ON {name}", quote_identifier(&it.name)), it.comment.as_deref())
    });
    for comment in on_table.into_iter().chain(on_columns).chain(on_constraints) {
        sql += &format!("\n{comment}");
    }
    sql
}

/// `ALTER TABLE … ADD CONSTRAINT …;`
pub(super) fn constraint_apart(table: &Relation, constraint: &Constraint, written: &Written) -> String {
    let (name, on) = (quote_identifier(&constraint.name), table.name.written());
    let added = format!("ALTER TABLE {on}\n    ADD CONSTRAINT {name} {};", written.constraint(constraint));
    let comment = comment_on(&format!("CONSTRAINT {name} ON {on}"), constraint.comment.as_deref());
    comment.into_iter().fold(added, |sql, comment| sql + "\n" + &comment)
}

/// The names of the sequences that `SERIAL` columns bring.
pub(super) fn serial_sequences(table: &Relation) -> impl Iterator<Item = &Qualified> {
    let is_serial = |column: &&Column| serial(&table.name, column).is_some();
    table.columns.iter().filter(is_serial).filter_map(|column| column.sequence.as_ref())
}

/// `SERIAL` or a similar type, if the column has all that it implies.
fn serial(table: &Qualified, column: &Column) -> Option<&'static str> {
    let word = match column.type_name.as_str() {
        "smallint" => "SMALLSERIAL",
        "integer" => "SERIAL",
        "bigint" => "BIGSERIAL",
        _ => return None,
    };
    let sequence = table.beside(format!("{}_{}_seq", table.name, column.name));
    let is_next = |expression: &String| *expression == format!("nextval('{}'::regclass)", sequence.written());
    let is_serial = column.sequence.as_ref() == Some(&sequence)
        && column.not_null
        && column.expression.as_ref().is_some_and(is_next);
    is_serial.then_some(word)
}

/// A line for each column, its type and what follows in columns of their own.
fn columns(table: &Qualified, columns: &[Column]) -> Vec<String> {
    let names: Vec<String> = columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(column, name): (&Column, &String)| {
        let mut line = format!("{name:width$} ");
        if let Some(serial) = serial(table, column) {
            return line + serial;
        }
        line += &type_name(column);
        if let Some(collation) = &column.collation {
            line += &format!(" COLLATE {collation}");
        }
        if column.not_null {
            line += " NOT NULL";
        }
        match (column.generated, column.identity, &column.expression) {
            (Some(kind), _, Some(expression)) => {
                let kind = if kind == 'v' { "VIRTUAL" } else { "STORED" };
                line += &format!(" GENERATED ALWAYS AS ({expression}) {kind}");
            }
            (_, Some('a'), _) => line += " GENERATED ALWAYS AS IDENTITY",
            (_, Some(_), _) => line += " GENERATED BY DEFAULT AS IDENTITY",
            (None, None, Some(expression)) => {
                line += &format!(" DEFAULT {}", default_value(&column.type_name, expression));
            }
            _ => {}
        }
        line
    };
    columns.iter().zip(&names).map(line).collect()
}

/// `character varying(50)` is `VARCHAR(50)`.
fn type_name(column: &Column) -> String {
    const SHORT: [(&str, &str, &str); 6] = [
        ("character varying", "", "VARCHAR"),
        ("character", "", "CHAR"),
        ("timestamp", " with time zone", "TIMESTAMPTZ"),
        ("timestamp", " without time zone", "TIMESTAMP"),
        ("time", " with time zone", "TIMETZ"),
        ("time", " without time zone", "TIME"),
    ];
    let name = column.type_name.as_str();
    if !column.is_built_in || name.contains('"') {
        return name.to_owned();
    }
    let (name, array) = name.strip_suffix("[]").map_or((name, ""), |name| (name, "[]"));
    for (begin, end, short) in SHORT {
        let between = name.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        if let Some(length) = between.filter(|rest| rest.is_empty() || rest.starts_with('(')) {
            return format!("{short}{length}{array}");
        }
    }
    name.to_uppercase() + array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_that_people_write() {
        for (long, short) in [
            ("character varying(50)", "VARCHAR(50)"),
            ("character varying", "VARCHAR"),
            ("character(2)", "CHAR(2)"),
            ("timestamp with time zone", "TIMESTAMPTZ"),
            ("timestamp(3) without time zone", "TIMESTAMP(3)"),
            ("double precision[]", "DOUBLE PRECISION[]"),
            ("\"char\"", "\"char\""),
        ] {
            let column = Column {
                name: "a".to_owned(),
                type_name: long.to_owned(),
                is_built_in: true,
                collation: None,
                not_null: false,
                identity: None,
                generated: None,
                expression: None,
                sequence: None,
                comment: None,
            };
            assert_eq!(type_name(&column), short);
        }
    }
}
