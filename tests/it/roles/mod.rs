//! Acts of one account upon another: permitted, refused, recorded.

mod acts;
mod permissions;
mod support;
