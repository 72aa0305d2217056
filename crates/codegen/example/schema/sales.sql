-- Written by the build step from the migrations: do not edit.
-- The schema of sales after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V2__add_sales
-- One row per copy that was sold. Rows are never deleted: the tax office may ask.
CREATE TABLE sales (
    id      BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    isbn    isbn NOT NULL,
    cents   BIGINT NOT NULL,
    status  VARCHAR(10) NOT NULL DEFAULT 'paid',
    sold_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT sales_pkey PRIMARY KEY (id),
    CONSTRAINT sales_status_check CHECK (status IN ('paid', 'returned')),
    CONSTRAINT sales_isbn_fkey FOREIGN KEY (isbn) REFERENCES books (isbn)
);

CREATE INDEX idx_sales_paid ON sales (isbn) WHERE status = 'paid';

-- V2__add_sales, renamed by V3__raise_author_share
-- A price of zero is a gift and no sale.
CREATE OR REPLACE FUNCTION refuse_free_sale() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a copy of % was given away, not sold', NEW.isbn USING ERRCODE = 'check_violation';
END
$$;

-- V2__add_sales
-- Refuses gifts.
CREATE TRIGGER sales_are_paid
    BEFORE INSERT ON sales
    FOR EACH ROW
    WHEN (NEW.cents = 0)
    EXECUTE FUNCTION refuse_free_sale();

-- V3__raise_author_share
-- The royalty on a price, in cents, rounded down: 12 %.
CREATE OR REPLACE FUNCTION royalty(cents BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE AS $$
    SELECT cents * 12 / 100
$$;

-- V3__raise_author_share
-- What each author has earned: royalties on all copies that were not returned.
CREATE OR REPLACE VIEW earnings AS
SELECT a.id AS author_id, a.name, COALESCE(SUM(royalty(s.cents)), 0)::BIGINT AS cents
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN sales s ON s.isbn = b.isbn AND s.status = 'paid'
GROUP BY a.id;
