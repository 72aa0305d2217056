//! Writes `src/generated` and `schema/` when a migration or a query changes, of this service or of barqnet-db.

fn main() {
    barqnet_db_codegen::build_script();
}
