//! Sessions: only a live token of a usable account is valid, and a session ends once.

mod isolation;
mod limits;
mod races;
mod replicas;
mod rotation;
mod support;
mod validation;
