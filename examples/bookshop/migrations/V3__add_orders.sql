-- Customers and their orders.
--
-- Locks: SHARE ROW EXCLUSIVE on books for a foreign key, until the transaction ends.

CREATE DOMAIN postcode AS TEXT CHECK (VALUE ~ '^[0-9A-Z -]{3,10}$');
CREATE TYPE address AS (street TEXT, postcode postcode, country TEXT);
CREATE TYPE order_status AS ENUM ('new', 'in-transit', 'delivered');
CREATE TYPE wrapping AS ENUM ('box', 'bag');

CREATE TABLE customers (
    id      UUID PRIMARY KEY,
    email   TEXT NOT NULL CONSTRAINT uq_customers_email UNIQUE,
    address address,
    -- The last connection; a network for customers behind a proxy.
    seen_at INET
);

CREATE TABLE orders (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id UUID NOT NULL CONSTRAINT fk_orders_customer_id REFERENCES customers (id),
    status      order_status NOT NULL DEFAULT 'new',
    wrapping    wrapping NOT NULL DEFAULT 'bag',
    placed_at   TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- How long delivery may take.
    promise     INTERVAL NOT NULL DEFAULT '3 days'
);
CREATE INDEX idx_orders_customer_id ON orders (customer_id, id DESC);

CREATE TABLE order_lines (
    order_id BIGINT NOT NULL CONSTRAINT fk_order_lines_order_id REFERENCES orders (id) ON DELETE CASCADE,
    isbn     isbn NOT NULL CONSTRAINT fk_order_lines_isbn REFERENCES books (isbn),
    copies   INTEGER NOT NULL CONSTRAINT chk_order_lines_copies CHECK (copies > 0),
    price    NUMERIC(10, 2) NOT NULL,
    PRIMARY KEY (order_id, isbn)
);
CREATE INDEX idx_order_lines_isbn ON order_lines (isbn);

-- Delivered orders that are older than a year. They have left orders.
CREATE TABLE old_orders (
    id          BIGINT PRIMARY KEY,
    customer_id UUID NOT NULL,
    status      order_status NOT NULL,
    placed_at   TIMESTAMPTZ NOT NULL,
    promise     INTERVAL NOT NULL
);

/* rollback
DROP TABLE old_orders;
DROP TABLE order_lines;
DROP TABLE orders;
DROP TABLE customers;
DROP TYPE wrapping;
DROP TYPE order_status;
DROP TYPE address;
DROP DOMAIN postcode;
*/
