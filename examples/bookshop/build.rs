//! Writes `src/generated` and `schema/` when a migration or a query changes.

fn main() {
    barqnet_db_codegen::build_script();
}
