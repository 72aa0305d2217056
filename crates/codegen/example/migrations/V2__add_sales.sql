-- Sales, and what an author has earned.
--
-- Locks: SHARE ROW EXCLUSIVE on books for a foreign key, until the transaction ends.

DO $$
BEGIN
    IF TO_REGCLASS('sales') IS NULL THEN
        -- One row per copy that was sold. Rows are never deleted: the tax office may ask.
        CREATE TABLE sales (
            id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            isbn    isbn NOT NULL REFERENCES books (isbn),
            cents   BIGINT NOT NULL,
            status  VARCHAR(10) NOT NULL DEFAULT 'paid' CHECK (status IN ('paid', 'returned')),
            sold_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
    END IF;
END
$$;
CREATE INDEX IF NOT EXISTS idx_sales_paid ON sales (isbn) WHERE status = 'paid';

-- The share of an author, in cents.
CREATE OR REPLACE FUNCTION share_of_author(cents BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE AS $$
    SELECT cents / 10
$$;

-- A price of zero is a gift and no sale.
CREATE OR REPLACE FUNCTION refuse_gift() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a copy of % was given away, not sold', NEW.isbn USING ERRCODE = 'check_violation';
END
$$;
-- Refuses gifts.
DROP TRIGGER IF EXISTS sales_are_paid ON sales;
CREATE TRIGGER sales_are_paid
    BEFORE INSERT ON sales
    FOR EACH ROW
    WHEN (NEW.cents = 0)
    EXECUTE FUNCTION refuse_gift();

-- What each author has earned.
CREATE OR REPLACE VIEW earnings AS
SELECT a.id AS author_id, a.name, COALESCE(SUM(share_of_author(s.cents)), 0)::BIGINT AS cents
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN sales s ON s.isbn = b.isbn AND s.status = 'paid'
GROUP BY a.id;

/* rollback
DROP VIEW IF EXISTS earnings;
DROP TABLE IF EXISTS sales;
DROP FUNCTION IF EXISTS refuse_gift();
DROP FUNCTION IF EXISTS share_of_author(BIGINT);
*/
