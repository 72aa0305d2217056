// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! The rows that `FakeClient` can return, for unit tests without a server.

use barqnet_db_client as db;

db::faked! {
    super::branches::BranchStmt { id, name, network, position, size_class, opens, closes, holidays };
    super::branches::DeviceStmt {
        mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings,
    };
    super::branches::StraysStmt;
    super::branches::AddPromotionStmt;
    super::branches::PromotionsDuringStmt { id, name, during, prices, discount };
    super::branches::PromotedTimesStmt;
    super::catalogue::BrowseStmt { isbn, title, price, added_at };
    super::catalogue::SearchStmt { isbn, title, price, added_at };
    super::catalogue::TaggedStmt;
    super::catalogue::ForAgeStmt;
    super::catalogue::DetailsStmt;
    super::catalogue::CoverStmt;
    super::catalogue::WordsStmt;
    super::catalogue::DetailsOfStmt;
    super::catalogue::PricesOfStmt;
    super::orders::PlaceStmt;
    super::orders::OfCustomerStmt { id, status, wrapping, placed_at, promise };
    super::orders::ArchiveStmt;
    super::orders::ByAuthorStmt { id, name, copies, turnover };
    super::orders::StatusesStmt;
    super::partner::BindingStmt;
    super::partner::BindingsStmt { binding, offers };
    super::stock::CopiesStmt;
    super::stock::TakeStmt;
    super::stock::WrittenUntilStmt { transaction, log };
}
