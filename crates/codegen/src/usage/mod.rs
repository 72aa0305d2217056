//! What each statement uses: the columns it reads and writes, the functions it calls, the indexes of its plans.
//!
//! `report` shows it, `unused` lists what nothing uses.
//!
//! ```text
//! scratch database ──schema::facts──▶ tables, views, functions ──────────┐
//! prepared, analysed queries ──statements, access, plan──▶ statements ───┴─gather──▶ Gathered ──▶ Uses
//! ```

mod gather;
mod plan;
mod statements;
mod uses;

pub(crate) use self::{
    gather::{Gathered, gather},
    plan::Step,
    statements::{ColumnFact, StatementFacts},
    uses::{Statements, Uses},
};
