//! Keeps `src/generated` in step with migrations/ and queries/; the work is done in crates/codegen.

fn main() {
    #[cfg(feature = "codegen")]
    barqnet_db_codegen::build_script();
    #[cfg(not(feature = "codegen"))]
    println!("cargo::rerun-if-changed=build.rs");
}
