-- Written by the build step from the migrations: do not edit.
-- The schema of orders after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- V3__add_orders
CREATE DOMAIN postcode AS TEXT CHECK (VALUE ~ '^[0-9A-Z -]{3,10}$');

-- V3__add_orders
CREATE TYPE address AS (street TEXT, postcode postcode, country TEXT);

-- V3__add_orders
CREATE TYPE order_status AS ENUM ('new', 'in-transit', 'delivered');

-- V3__add_orders
CREATE TYPE wrapping AS ENUM ('box', 'bag');

-- Created by V3__add_orders
CREATE TABLE customers (
    id      UUID NOT NULL,
    email   TEXT NOT NULL,
    address address,
    seen_at INET,
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT uq_customers_email UNIQUE (email)
);

-- Created by V3__add_orders
CREATE TABLE orders (
    id          BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    customer_id UUID NOT NULL,
    status      order_status NOT NULL DEFAULT 'new',
    wrapping    wrapping NOT NULL DEFAULT 'bag',
    placed_at   TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    promise     INTERVAL NOT NULL DEFAULT '3 days',
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT fk_orders_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE INDEX idx_orders_customer_id ON orders (customer_id, id DESC);

-- Created by V3__add_orders
CREATE TABLE order_lines (
    order_id BIGINT NOT NULL,
    isbn     isbn NOT NULL,
    copies   INTEGER NOT NULL,
    price    NUMERIC(10,2) NOT NULL,
    CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, isbn),
    CONSTRAINT chk_order_lines_copies CHECK (copies > 0),
    CONSTRAINT fk_order_lines_isbn FOREIGN KEY (isbn) REFERENCES books (isbn),
    CONSTRAINT fk_order_lines_order_id FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);

CREATE INDEX idx_order_lines_isbn ON order_lines (isbn);

-- Created by V3__add_orders
-- Delivered orders that are older than a year. They have left orders.
CREATE TABLE old_orders (
    id          BIGINT NOT NULL,
    customer_id UUID NOT NULL,
    status      order_status NOT NULL,
    placed_at   TIMESTAMPTZ NOT NULL,
    promise     INTERVAL NOT NULL,
    CONSTRAINT old_orders_pkey PRIMARY KEY (id)
);

-- V4__add_stock
-- Copies sold and money earned per author; authors without sales included.
CREATE VIEW sales_by_author AS
SELECT a.id, a.name, COALESCE(SUM(l.copies), 0) AS copies, SUM(l.price * l.copies) AS turnover
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN order_lines l ON l.isbn = b.isbn
GROUP BY a.id;

-- Part 2: needs what stands in part 1 of another file.

-- V4__add_stock
CREATE TRIGGER order_lines_take_copies
    BEFORE INSERT ON order_lines
    FOR EACH ROW
    EXECUTE FUNCTION take_ordered_copies();
