//! The columns of the table that a statement changes, as RETURNING sees them.

use super::{
    Nullability, expressions,
    level::{Context, Level},
    range_table,
};
use crate::analysis::{
    Tree,
    catalogue::{Relation, RelationKind},
};

const UPDATE: i64 = 2;
const INSERT: i64 = 3;
const DELETE: i64 = 4;

/// Which row RETURNING means.
const OLD: i64 = 1;
const NEW: i64 = 2;

/// Whether the relation is the one that the level's statement changes.
pub(super) fn is_target(level: &Level<'_, '_>, place: usize) -> bool {
    level.query.number("commandType") != 1 && level.query.index("resultRelation") == place
}

/// A column of the changed table. `outer` is where the statement stands.
pub(super) fn column<'t>(context: &Context<'t, '_>, outer: &Context<'t, '_>, column: &'t Tree) -> Nullability {
    let level = outer.level;
    let (place, number) = (column.index("varno"), column.number("varattno"));
    let relation = level.relation(place).and_then(|it| level.analysis.catalogue.relation(it.oid("relid")));
    let Some(relation) = relation else { return Nullability::nullable("its table is not known") };
    let command = level.query.number("commandType");
    let which = column.number("varreturningtype");
    // Only RETURNING sees what is written; the other parts of the statement see the row as it was.
    let returning = outer.grouped;
    let is_old = !returning || which == OLD || (which != NEW && command == DELETE);
    let Ok(number) = usize::try_from(number) else {
        return match which {
            OLD | NEW => Nullability::nullable("OLD and NEW are NULL where there is no such row"),
            _ => Nullability::never("a system column is never NULL"),
        };
    };
    let of_table = if relation.kind == RelationKind::Table {
        range_table::table(relation, level.analysis.catalogue)
    } else if relation.kind == RelationKind::View && is_old {
        range_table::columns(level, place).as_ref().clone()
    } else {
        Vec::new()
    };
    if relation.rewritten && returning {
        return Nullability::nullable(format!("a rule or trigger of {} decides what is returned", relation.name));
    }
    if number == 0 {
        let row = Nullability { fields: of_table, ..Nullability::never("a row of a table is a value") };
        return if returning && which != 0 {
            row.or_null("OLD and NEW are NULL where there is no such row")
        } else {
            row
        };
    }
    let declared = of_table.get(number - 1).cloned().unwrap_or_else(|| {
        Nullability::nullable(format!("{} is no table: its constraints are not known", relation.name))
    });
    if is_old {
        let proved = context.proves(&|facts| facts.has_column(level.depth, place, column.number("varattno")));
        let value = if proved && command != INSERT { declared.proved("a condition excludes NULL") } else { declared };
        return match (command, returning) {
            (UPDATE | DELETE, _) | (_, false) => value,
            _ => value.or_null("OLD is NULL where no row was there before"),
        };
    }
    match (command, which) {
        (DELETE, _) => declared.or_null("NEW is NULL where a row is deleted"),
        (INSERT | UPDATE, _) if !declared.nullable => declared,
        (INSERT, _) if !relation.before_insert => inserted(level, relation, number, declared),
        (UPDATE, _) if !relation.before_update => updated(level, place, number, declared),
        (INSERT | UPDATE, _) => declared,
        // MERGE can delete.
        (_, NEW) => declared.or_null("NEW is NULL where MERGE deletes"),
        _ => declared,
    }
}

/// What INSERT writes, or what its ON CONFLICT DO UPDATE leaves.
fn inserted<'t>(level: &Level<'t, '_>, relation: &'t Relation, number: usize, declared: Nullability) -> Nullability {
    if relation.kind != RelationKind::Table {
        return declared;
    }
    let context = Context::of(level);
    let written = level.query.get("targetList").trees().find(|target| target.index("resno") == number);
    let default = relation.columns.get(number - 1).and_then(|column| column.default.as_ref());
    let value = match (written, default) {
        (Some(target), _) => expressions::nullability(&context, target.get("expr")),
        (None, Some(default)) => expressions::nullability(&context, default),
        (None, None) => return declared,
    };
    let conflict = level.query.get("onConflict").tree().filter(|it| it.number("action") == 2);
    let kept = match conflict {
        None => return if value.nullable { declared } else { value.proved("INSERT writes it") },
        Some(_) if relation.before_update => return declared,
        Some(conflict) => conflict.get("onConflictSet").trees().find(|target| target.index("resno") == number),
    };
    match kept.map(|target| expressions::nullability(&context, target.get("expr"))) {
        Some(kept) if !kept.nullable && !value.nullable => value.either(kept),
        _ => declared,
    }
}

/// What UPDATE writes, or what was there.
fn updated(level: &Level<'_, '_>, place: usize, number: usize, declared: Nullability) -> Nullability {
    let context = Context::of(level);
    let written = level.query.get("targetList").trees().find(|target| target.index("resno") == number);
    if let Some(target) = written {
        let value = expressions::nullability(&context, target.get("expr"));
        return if value.nullable { declared } else { value };
    }
    let number = i64::try_from(number).unwrap_or_default();
    let proved = level.row_facts.has_column(level.depth, place, number);
    if proved { declared.proved("a condition excludes NULL") } else { declared }
}
