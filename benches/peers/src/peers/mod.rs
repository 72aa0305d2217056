//! The contenders, a file each.

mod by_hand;
mod cornucopia;
mod diesel;
mod lane;
mod ours;
pub(crate) mod pgbench;
mod sea_orm;
mod sqlx;

pub(crate) use self::{
    by_hand::ByHand, cornucopia::Cornucopia, diesel::Diesel, lane::OnLane, ours::Ours, sea_orm::SeaOrm, sqlx::Sqlx,
};
