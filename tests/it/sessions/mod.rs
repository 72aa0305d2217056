//! Sessions: who holds a live token of a usable account is in, nobody else, and a session ends once.

mod limits;
mod races;
mod rotation;
mod support;
mod validation;
