//! `schema/<domain>.sql`: the schema after the last migration.
//!
//! ```text
//! migrations ──definitions──▶ what defines each function, view and trigger ─┐
//!                                                                          ├─objects──▶ files
//! scratch database ──catalogue──▶ tables, constraints, indexes, comments ──┘
//! ```
//!
//! Tables come from the catalogue, as [`tables`] writes them. Functions, views and triggers are the text of the migration
//! that defined them last; [`verbatim`] has the server confirm that this text is what the database holds. Every object goes
//! to the file of its domain ([`domains`]), and [`files`] brings the objects into an order in which they can be created.
//! [`facts`] gives the same as data. [`overview`] lists and draws them in `schema/README.md`.

mod catalogue;
mod constraints;
mod definitions;
mod domains;
#[cfg(feature = "command")]
mod facts;
mod files;
mod live;
mod objects;
mod overview;
mod own;
mod places;
mod script;
mod structure;
mod tables;
mod verbatim;
mod write;

pub(crate) use catalogue::{SCHEMAS, no_extension};
pub(crate) use definitions::{Definition, Definitions};
#[cfg(feature = "command")]
pub(crate) use facts::{ColumnUser, Facts, Function, Index, Table, View, facts, short_type};
pub(crate) use files::is_generated;
pub use live::SchemaFiles;
pub(crate) use objects::class;
pub(crate) use places::{Body, InFile};
pub use script::schema_script;
pub(crate) use write::write;
