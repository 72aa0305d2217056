//! A database whose rows of nodes are on the workers of a Citus cluster.

mod adopted;
mod changes;
mod cluster;
pub(crate) mod forms;
mod interrupted;
mod killed;
mod migrations;
mod one_server;
mod owner;
mod refusals;
mod shards;
