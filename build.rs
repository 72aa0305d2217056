//! Keeps `src/generated` in step with migrations/ and queries/; the work is done in crates/codegen. Tells services on top of this
//! crate where its migrations and queries are.

fn main() {
    #[cfg(feature = "codegen")]
    barqnet_db_codegen::build_script();
    #[cfg(not(feature = "codegen"))]
    {
        println!("cargo::rerun-if-changed=build.rs");
        // The build step does the same.
        println!("cargo::metadata=root={}", std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    }
}
