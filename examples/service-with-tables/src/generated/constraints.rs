// Written by the build step from migrations/. Edit those files: `cargo build` brings this one up to date.

//! The constraints and unique indexes of the schema.

use barqnet_db::client as db;

db::constraints! {
    /// Check of `support_tickets`: `subject`.
    ChkSupportTicketsSubject = "chk_support_tickets_subject",
    /// Primary key of `support_tickets`: `id`.
    SupportTicketsPkey = "support_tickets_pkey",
    /// Foreign key of `support_tickets` to `users`: `user_id`.
    SupportTicketsUserIdFkey = "support_tickets_user_id_fkey",
}
