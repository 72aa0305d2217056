//! A database whose rows of nodes are on the workers of a Citus cluster.

mod cluster;
mod forms;
mod migrations;
mod refusals;
