//! Devices: registered within limits, signed out with all that they have, and forgotten.

mod forgetting;
mod registration;
mod signing_out;
mod support;
