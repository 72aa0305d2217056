//! Statements that PostgreSQL prepares, and that fail or harm when they run.

use super::assert_found;

#[test]
fn what_postgresql_refuses_only_when_it_plans_or_runs_is_refused_now() {
    assert_found(
        &[
            (
                "INSERT INTO owners (name) VALUES (:name) ON CONFLICT (name) DO NOTHING",
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            ),
            ("SELECT id FROM things WHERE kind = 1 / 0", "division by zero"),
            ("REFRESH MATERIALIZED VIEW missing", "relation \"missing\" does not exist"),
            ("ANALYZE things (missing)", "column \"missing\" of relation \"things\" does not exist"),
            ("VACUUM missing", "relation \"missing\" does not exist"),
            ("REINDEX INDEX CONCURRENTLY missing", "relation \"missing\" does not exist"),
        ],
        &[
            "INSERT INTO things (label, kind, made_at) VALUES (:label, 1, NOW()) ON CONFLICT (label) DO NOTHING",
            "ANALYZE things",
            "VACUUM (ANALYZE) things",
            "REINDEX INDEX CONCURRENTLY things_pkey",
            "CLUSTER things USING things_pkey",
        ],
    );
}

#[test]
fn a_subquery_for_one_value_has_one_row() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE owner = (SELECT id FROM owners)", "this subquery can find several rows"),
            ("SELECT (SELECT name FROM owners WHERE note = :note) AS name", "this subquery can find several rows"),
            (
                "UPDATE owners SET (name, note) = (SELECT label, note FROM things WHERE owner = :owner) WHERE id = :id",
                "this subquery can find several rows",
            ),
        ],
        &[
            "SELECT (SELECT o.name FROM owners o WHERE o.id = t.owner) AS name FROM things t",
            "SELECT (SELECT name FROM owners ORDER BY id LIMIT 1) AS name",
            "SELECT (SELECT MAX(name) FROM owners) AS name, ARRAY(SELECT name FROM owners) AS names",
            "SELECT id FROM things WHERE owner IN (SELECT id FROM owners) AND EXISTS (SELECT id FROM owners)",
            "SELECT (SELECT k FROM (SELECT 1 AS k) one) AS k",
        ],
    );
}

#[test]
fn nothing_stays_on_the_session_of_a_pooled_connection() {
    assert_found(
        &[
            ("SELECT SET_CONFIG('work_mem', :size, FALSE) AS size", "the setting stays on a pooled connection"),
            ("SELECT SET_CONFIG('work_mem', :size, :is_local) AS size", "the setting stays on a pooled connection"),
            ("SELECT PG_TRY_ADVISORY_LOCK(:key) AS locked", "help: write PG_TRY_ADVISORY_XACT_LOCK"),
            ("SELECT id FROM things WHERE PG_ADVISORY_LOCK(kind) IS NULL", "the lock stays on a pooled connection"),
        ],
        &[
            "SELECT SET_CONFIG('work_mem', :size, TRUE) AS size",
            "SELECT PG_TRY_ADVISORY_XACT_LOCK(:key) AS locked",
            "--! run session\n--- What it does.\nSELECT PG_TRY_ADVISORY_LOCK(:key) AS locked",
        ],
    );
}

#[test]
fn a_parameter_is_tested_for_null_only_where_it_can_be_null() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE :kind::INTEGER IS NULL OR kind = :kind", "this test of it is needless"),
            ("SELECT id FROM things WHERE kind = COALESCE(:kind, kind)", "COALESCE never takes another value"),
        ],
        &[
            "--! run (kind?)\n--- What it does.\nSELECT id FROM things WHERE :kind::INTEGER IS NULL OR kind = :kind",
            "SELECT id FROM things WHERE note = COALESCE(note, :note)",
        ],
    );
}
