// Written by the build step from migrations/. Edit those files: `cargo build` brings this one up to date.

//! The constraints and unique indexes of the schema.

use barqnet_db_client as db;

db::constraints! {
    /// Primary key of `authors`: `id`.
    AuthorsPkey = "authors_pkey",
    /// Primary key of `books`: `isbn`.
    BooksPkey = "books_pkey",
    /// Primary key of `branches`: `id`.
    BranchesPkey = "branches_pkey",
    /// Check of `books`: `price`.
    ChkBooksPrice = "chk_books_price",
    /// Check of `order_lines`: `copies`.
    ChkOrderLinesCopies = "chk_order_lines_copies",
    /// Check of `promotions`: `discount`.
    ChkPromotionsDiscount = "chk_promotions_discount",
    /// Check of `stock`: `copies`.
    ChkStockCopies = "chk_stock_copies",
    /// Primary key of `customers`: `id`.
    CustomersPkey = "customers_pkey",
    /// Primary key of `devices`: `mac`.
    DevicesPkey = "devices_pkey",
    /// Check of the domain `digits`.
    DigitsCheck = "digits_check",
    /// Exclusion constraint of `promotions`: `during`.
    ExPromotionsDuring = "ex_promotions_during",
    /// Foreign key of `books` to `authors`: `author_id`.
    FkBooksAuthorId = "fk_books_author_id",
    /// Foreign key of `devices` to `branches`: `branch_id`.
    FkDevicesBranchId = "fk_devices_branch_id",
    /// Foreign key of `order_lines` to `books`: `isbn`.
    FkOrderLinesIsbn = "fk_order_lines_isbn",
    /// Foreign key of `order_lines` to `orders`: `order_id`.
    FkOrderLinesOrderId = "fk_order_lines_order_id",
    /// Foreign key of `orders` to `customers`: `customer_id`.
    FkOrdersCustomerId = "fk_orders_customer_id",
    /// Foreign key of `stock` to `branches`: `branch_id`.
    FkStockBranchId = "fk_stock_branch_id",
    /// Foreign key of `stock` to `books`: `isbn`.
    FkStockIsbn = "fk_stock_isbn",
    /// Check of the domain `isbn`.
    IsbnCheck = "isbn_check",
    /// Primary key of `partner.offers`: `isbn`.
    OffersPkey = "offers_pkey",
    /// Primary key of `old_orders`: `id`.
    OldOrdersPkey = "old_orders_pkey",
    /// Primary key of `order_lines`: `order_id`, `isbn`.
    OrderLinesPkey = "order_lines_pkey",
    /// Primary key of `orders`: `id`.
    OrdersPkey = "orders_pkey",
    /// Check of the domain `postcode`.
    PostcodeCheck = "postcode_check",
    /// Primary key of `promotions`: `id`.
    PromotionsPkey = "promotions_pkey",
    /// Primary key of `stock`: `branch_id`, `isbn`.
    StockPkey = "stock_pkey",
    /// Unique constraint of `customers`: `email`.
    UqCustomersEmail = "uq_customers_email",
}
