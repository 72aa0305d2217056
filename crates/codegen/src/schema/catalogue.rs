//! Reads the schema from the catalogue of the scratch database.
//!
//! Left out is what belongs to an extension or depends on one (`DEPENDS ON EXTENSION`), and the history of migrations. Names
//! have their schema, unless it is the one in which migrations create by default.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_migrate::TABLE_PREFIX;
use futures::try_join;
use tokio_postgres::{Client, Error, Row};

use super::objects::{Id, Qualified, class};
pub(super) use super::structure::{Catalogue, Column, Constraint, Function, Index, Relation, Schema, Trigger, Type};

/// The schemas of migrations: neither PostgreSQL's own, nor those of temporary tables, nor those of extensions.
pub(crate) const SCHEMAS: &str = "
    (SELECT n.oid
     FROM pg_namespace n
     WHERE n.nspname <> 'information_schema'
       AND NOT STARTS_WITH(n.nspname, 'pg_')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::REGCLASS AND d.objid = n.oid
                       AND d.deptype = 'e'))";

/// The name of a schema, NULL for the one in which migrations create by default.
fn schema(oid: &str) -> String {
    format!("(SELECT n.nspname::TEXT FROM pg_namespace n WHERE n.oid = {oid} AND n.nspname <> CURRENT_SCHEMA())")
}

/// A name from two columns: that of `schema()`, and the object's own.
fn qualified(row: &Row, first: usize) -> Qualified {
    Qualified { schema: row.get(first), name: row.get(first + 1) }
}

/// A condition: no extension brought the object, and it depends on none.
pub(crate) fn no_extension(catalogue: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{catalogue}'::REGCLASS AND d.objid = {oid}
                     AND d.deptype IN ('e', 'x'))"
    )
}

pub(super) async fn read(client: &Client) -> Result<Catalogue, Error> {
    let (mut relations, mut columns, mut constraints, mut indexes) =
        try_join!(relations(client), columns(client), constraints(client), indexes(client))?;
    let (schemas, functions, triggers, types, needs) =
        try_join!(schemas(client), functions(client), triggers(client), types(client), needs(client))?;
    for relation in &mut relations {
        relation.columns = columns.remove(&relation.oid).unwrap_or_default();
        relation.constraints = constraints.remove(&relation.oid).unwrap_or_default();
        relation.indexes = indexes.remove(&relation.oid).unwrap_or_default();
    }
    Ok(Catalogue { schemas, relations, functions, triggers, types, needs })
}

/// `"char"`, as the catalogue uses it for kinds; `None` for a blank or zero.
fn letter(row: &Row, column: usize) -> Option<char> {
    let letter: i8 = row.get(column);
    u8::try_from(letter).ok().map(char::from).filter(|letter| *letter != '\0' && *letter != ' ')
}

async fn schemas(client: &Client) -> Result<Vec<Schema>, Error> {
    let sql = format!(
        "SELECT n.oid, n.nspname::TEXT, OBJ_DESCRIPTION(n.oid, 'pg_namespace')
         FROM pg_namespace n
         WHERE n.oid IN {SCHEMAS} AND n.nspname <> CURRENT_SCHEMA() AND n.nspname <> 'public'
         ORDER BY n.oid"
    );
    let rows = client.query(&sql, &[]).await?;
    Ok(rows.iter().map(|row| Schema { oid: row.get(0), name: row.get(1), comment: row.get(2) }).collect())
}

async fn relations(client: &Client) -> Result<Vec<Relation>, Error> {
    let sql = format!(
        "SELECT c.oid, {}, c.relname::TEXT, c.relkind, c.relpersistence = 'u', c.relrowsecurity,
                COALESCE(c.reloptions, '{{}}'), PG_GET_PARTKEYDEF(c.oid), i.inhparent::REGCLASS::TEXT,
                PG_GET_EXPR(c.relpartbound, c.oid, TRUE), OBJ_DESCRIPTION(c.oid, 'pg_class'),
                CASE WHEN c.relkind IN ('v', 'm') THEN PG_GET_VIEWDEF(c.oid)
                     WHEN c.relkind = 'S' THEN
                         FORMAT('AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
                                s.seqtypid::REGTYPE, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
                                CASE WHEN s.seqcycle THEN ' CYCLE' END)
                END
         FROM pg_class c
         LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
         LEFT JOIN pg_sequence s ON s.seqrelid = c.oid
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
           AND c.relnamespace IN {SCHEMAS}
           AND NOT STARTS_WITH(c.relname, '{TABLE_PREFIX}')
           AND {}
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid
                           AND c.relkind = 'S' AND d.deptype = 'i')
         ORDER BY c.oid",
        schema("c.relnamespace"),
        no_extension("pg_class", "c.oid")
    );
    let rows = client.query(&sql, &[]).await?;
    let relation = |row: &Row| Relation {
        oid: row.get(0),
        is_of_base: false,
        name: qualified(row, 1),
        kind: letter(row, 3).unwrap_or('r'),
        unlogged: row.get(4),
        row_security: row.get(5),
        options: row.get(6),
        partitioned_by: row.get(7),
        partition_of: row.get::<_, Option<String>>(8).zip(row.get(9)),
        comment: row.get(10),
        definition: row.get(11),
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
    };
    Ok(rows.iter().map(relation).collect())
}

async fn columns(client: &Client) -> Result<BTreeMap<u32, Vec<Column>>, Error> {
    let sql = format!(
        "SELECT a.attrelid, a.attname::TEXT, FORMAT_TYPE(a.atttypid, a.atttypmod),
                COALESCE(e.typnamespace, t.typnamespace) = 'pg_catalog'::REGNAMESPACE,
                (SELECT QUOTE_IDENT(o.collname) FROM pg_collation o WHERE o.oid = a.attcollation AND o.oid <> t.typcollation),
                a.attnotnull, a.attidentity, a.attgenerated, PG_GET_EXPR(f.adbin, f.adrelid, TRUE),
                {}, s.relname::TEXT, COL_DESCRIPTION(a.attrelid, a.attnum)
         FROM pg_attribute a
         JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace IN {SCHEMAS} AND c.relkind IN ('r', 'p')
         JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
         LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
         LEFT JOIN pg_depend d ON d.classid = 'pg_class'::REGCLASS AND d.refclassid = 'pg_class'::REGCLASS
             AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'a'
             AND EXISTS (SELECT FROM pg_class o WHERE o.oid = d.objid AND o.relkind = 'S')
         LEFT JOIN pg_class s ON s.oid = d.objid
         WHERE a.attnum > 0 AND NOT a.attisdropped
         ORDER BY a.attrelid, a.attnum",
        schema("s.relnamespace")
    );
    let mut found: BTreeMap<u32, Vec<Column>> = BTreeMap::new();
    for row in client.query(&sql, &[]).await? {
        found.entry(row.get(0)).or_default().push(Column {
            name: row.get(1),
            type_name: row.get(2),
            is_built_in: row.get(3),
            collation: row.get(4),
            not_null: row.get(5),
            identity: letter(&row, 6),
            generated: letter(&row, 7),
            expression: row.get(8),
            sequence: row.get::<_, Option<String>>(10).map(|name| Qualified { schema: row.get(9), name }),
            comment: row.get(11),
        });
    }
    Ok(found)
}

async fn constraints(client: &Client) -> Result<BTreeMap<u32, Vec<Constraint>>, Error> {
    let sql = format!(
        "SELECT n.conrelid, n.oid, n.conname::TEXT, n.contype, PG_GET_CONSTRAINTDEF(n.oid, TRUE), n.convalidated,
                n.confrelid, OBJ_DESCRIPTION(n.oid, 'pg_constraint')
         FROM pg_constraint n
         WHERE n.connamespace IN {SCHEMAS} AND n.conrelid <> 0 AND n.contype IN ('p', 'u', 'c', 'f', 'x')
           AND n.conislocal AND n.conparentid = 0
         ORDER BY n.conrelid, STRPOS('pucxf', n.contype::TEXT), n.conname COLLATE \"C\""
    );
    let mut found: BTreeMap<u32, Vec<Constraint>> = BTreeMap::new();
    for row in client.query(&sql, &[]).await? {
        found.entry(row.get(0)).or_default().push(Constraint {
            oid: row.get(1),
            name: row.get(2),
            kind: letter(&row, 3).unwrap_or('c'),
            definition: row.get(4),
            is_valid: row.get(5),
            target: row.get(6),
            comment: row.get(7),
        });
    }
    Ok(found)
}

async fn indexes(client: &Client) -> Result<BTreeMap<u32, Vec<Index>>, Error> {
    let sql = format!(
        "SELECT i.indrelid, c.oid, {}, c.relname::TEXT, PG_GET_INDEXDEF(c.oid, 0, TRUE), OBJ_DESCRIPTION(c.oid, 'pg_class')
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace IN {SCHEMAS} AND i.indisvalid AND NOT c.relispartition
           AND {}
           AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = c.oid AND n.contype IN ('p', 'u', 'x'))
         ORDER BY i.indrelid, c.relname COLLATE \"C\"",
        schema("c.relnamespace"),
        no_extension("pg_class", "c.oid")
    );
    let mut found: BTreeMap<u32, Vec<Index>> = BTreeMap::new();
    for row in client.query(&sql, &[]).await? {
        let index = Index { oid: row.get(1), name: qualified(&row, 2), definition: row.get(4), comment: row.get(5) };
        found.entry(row.get(0)).or_default().push(index);
    }
    Ok(found)
}

async fn functions(client: &Client) -> Result<Vec<Function>, Error> {
    let sql = format!(
        "SELECT p.oid, {}, p.proname::TEXT, PG_GET_FUNCTION_IDENTITY_ARGUMENTS(p.oid), p.prokind,
                CASE WHEN p.prokind <> 'a' THEN PG_GET_FUNCTIONDEF(p.oid) END, OBJ_DESCRIPTION(p.oid, 'pg_proc')
         FROM pg_proc p
         WHERE p.pronamespace IN {SCHEMAS} AND {}
         ORDER BY p.oid",
        schema("p.pronamespace"),
        no_extension("pg_proc", "p.oid")
    );
    let rows = client.query(&sql, &[]).await?;
    let function = |row: &Row| Function {
        oid: row.get(0),
        name: qualified(row, 1),
        arguments: row.get(3),
        kind: letter(row, 4).unwrap_or('f'),
        definition: row.get(5),
        comment: row.get(6),
    };
    Ok(rows.iter().map(function).collect())
}

async fn triggers(client: &Client) -> Result<Vec<Trigger>, Error> {
    let sql = format!(
        "SELECT t.oid, t.tgname::TEXT, {}, c.relname::TEXT, t.tgfoid, PG_GET_TRIGGERDEF(t.oid, TRUE), t.tgenabled = 'D',
                OBJ_DESCRIPTION(t.oid, 'pg_trigger')
         FROM pg_trigger t
         JOIN pg_class c ON c.oid = t.tgrelid AND c.relnamespace IN {SCHEMAS}
         -- Not a partition's copy of its parent's trigger; PostgreSQL 12 has no tgparentid and marks copies as internal.
         WHERE NOT t.tgisinternal AND COALESCE(TO_JSONB(t) ->> 'tgparentid', '0') = '0' AND {}
         ORDER BY t.oid",
        schema("c.relnamespace"),
        no_extension("pg_trigger", "t.oid")
    );
    let rows = client.query(&sql, &[]).await?;
    let trigger = |row: &Row| Trigger {
        oid: row.get(0),
        name: row.get(1),
        table: qualified(row, 2),
        function: row.get(4),
        definition: row.get(5),
        is_disabled: row.get(6),
        comment: row.get(7),
    };
    Ok(rows.iter().map(trigger).collect())
}

async fn types(client: &Client) -> Result<Vec<Type>, Error> {
    let sql = format!(
        "SELECT t.oid, {}, t.typname::TEXT,
                (SELECT ARRAY_AGG(e.enumlabel::TEXT ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
                OBJ_DESCRIPTION(t.oid, 'pg_type'),
                CASE t.typtype
                    WHEN 'd' THEN
                        FORMAT('DOMAIN %s AS %s', t.oid::REGTYPE, FORMAT_TYPE(t.typbasetype, t.typtypmod))
                        || COALESCE(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                        || COALESCE((SELECT STRING_AGG(FORMAT(' CONSTRAINT %I %s', k.conname, PG_GET_CONSTRAINTDEF(k.oid)), ''
                                                       ORDER BY k.conname)
                                     FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
                    WHEN 'c' THEN
                        FORMAT('TYPE %s AS (%s)', t.oid::REGTYPE,
                               (SELECT STRING_AGG(FORMAT('%I %s', a.attname, FORMAT_TYPE(a.atttypid, a.atttypmod)), ', '
                                                  ORDER BY a.attnum)
                                FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped))
                    ELSE '' END
         FROM pg_type t
         LEFT JOIN pg_class c ON c.oid = t.typrelid
         WHERE t.typnamespace IN {SCHEMAS} AND {}
           AND (t.typtype IN ('e', 'd') OR (t.typtype = 'c' AND c.relkind = 'c'))
         ORDER BY t.oid",
        schema("t.typnamespace"),
        no_extension("pg_type", "t.oid")
    );
    let rows = client.query(&sql, &[]).await?;
    let type_ = |row: &Row| Type {
        oid: row.get(0),
        name: qualified(row, 1),
        labels: row.get(3),
        comment: row.get(4),
        definition: row.get(5),
    };
    Ok(rows.iter().map(type_).collect())
}

/// Dependencies between objects that are written as a whole: what a rule needs, its view needs; what a default, a check
/// or a key needs, its table needs. Foreign keys, which may be written apart, have their own.
async fn needs(client: &Client) -> Result<BTreeMap<Id, BTreeSet<Id>>, Error> {
    let sql = format!(
        "WITH part_of (part_class, part, class, oid) AS (
             SELECT 'pg_rewrite'::REGCLASS::OID, r.oid, {relation}::OID, r.ev_class FROM pg_rewrite r
             UNION ALL
             SELECT 'pg_attrdef'::REGCLASS::OID, f.oid, {relation}::OID, f.adrelid FROM pg_attrdef f
             UNION ALL
             SELECT 'pg_constraint'::REGCLASS::OID, n.oid,
                    CASE WHEN n.conrelid <> 0 THEN {relation}::OID ELSE {type_}::OID END,
                    CASE WHEN n.conrelid <> 0 THEN n.conrelid ELSE n.contypid END
             FROM pg_constraint n
             WHERE n.contype <> 'f'
             UNION ALL
             SELECT 'pg_class'::REGCLASS::OID, n.conindid, {relation}::OID, n.conrelid
             FROM pg_constraint n
             WHERE n.contype IN ('p', 'u', 'x')
             UNION ALL
             SELECT 'pg_type'::REGCLASS::OID, t.oid,
                    CASE WHEN c.relkind <> 'c' THEN {relation}::OID ELSE {type_}::OID END,
                    CASE WHEN c.relkind <> 'c' THEN b.typrelid ELSE b.oid END
             FROM pg_type t
             JOIN pg_type b ON b.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
             LEFT JOIN pg_class c ON c.oid = b.typrelid
         ), needs (class, oid, needed_class, needed) AS (
             SELECT COALESCE(o.class, d.classid), COALESCE(o.oid, d.objid),
                    COALESCE(r.class, d.refclassid), COALESCE(r.oid, d.refobjid)
             FROM pg_depend d
             LEFT JOIN part_of o ON o.part_class = d.classid AND o.part = d.objid
             LEFT JOIN part_of r ON r.part_class = d.refclassid AND r.part = d.refobjid
             WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND d.deptype IN ('n', 'a')
               -- A sequence that a column owns is made before the table.
               AND NOT (d.deptype = 'a' AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S'))
         )
         SELECT DISTINCT class, oid, needed_class, needed
         FROM needs
         WHERE (class, oid) <> (needed_class, needed)",
        relation = class::RELATION,
        type_ = class::TYPE,
    );
    let mut needs: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for row in client.query(&sql, &[]).await? {
        let object = Id { class: row.get(0), oid: row.get(1) };
        needs.entry(object).or_default().insert(Id { class: row.get(2), oid: row.get(3) });
    }
    Ok(needs)
}
