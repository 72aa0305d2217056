-- How many copies each branch has, a trigger that keeps them from becoming negative, and the report of 
--
-- Locks: SHARE ROW EXCLUSIVE on books and branches for foreign keys, and on order_lines for a trigger, until the
-- transaction ends.

CREATE TABLE stock (
    branch_id SMALLINT NOT NULL CONSTRAINT fk_stock_branch_id REFERENCES branches (id),
    isbn      isbn NOT NULL CONSTRAINT fk_stock_isbn REFERENCES books (isbn),
    copies    INTEGER NOT NULL CONSTRAINT chk_stock_copies CHECK (copies >= 0),
    PRIMARY KEY (branch_id, isbn)
);
CREATE INDEX idx_stock_isbn ON stock (isbn);

-- Takes copies from the branches that have the most, and returns how many are missing in the end.
CREATE FUNCTION take_from_stock(book isbn, wanted INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    missing INTEGER := wanted;
    shelf   RECORD;
BEGIN
    FOR shelf IN
        SELECT s.branch_id, s.copies
        FROM stock s
        WHERE s.isbn = book AND s.copies > 0
        ORDER BY s.copies DESC, s.branch_id
        FOR UPDATE
    LOOP
        EXIT WHEN missing = 0;
        UPDATE stock s
        SET copies = s.copies - LEAST(shelf.copies, missing)
        WHERE s.isbn = book AND s.branch_id = shelf.branch_id;
        missing := missing - LEAST(shelf.copies, missing);
    END LOOP;
    RETURN missing;
END
$$;

-- An order line takes its copies from the stock.
CREATE FUNCTION take_ordered_copies() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF take_from_stock(NEW.isbn, NEW.copies) > 0 THEN
        RAISE EXCEPTION 'too few copies of %', NEW.isbn USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER order_lines_take_copies
    BEFORE INSERT ON order_lines
    FOR EACH ROW
    EXECUTE FUNCTION take_ordered_copies();

-- What is left of a price.
CREATE FUNCTION discounted(price NUMERIC, discount NUMERIC) RETURNS NUMERIC LANGUAGE SQL IMMUTABLE AS $$
    SELECT ROUND(price * (1 - discount), 2)
$$;

-- Copies sold and money earned per author; authors without sales included.
CREATE VIEW sales_by_author AS
SELECT a.id, a.name, COALESCE(SUM(l.copies), 0) AS copies, SUM(l.price * l.copies) AS turnover
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN order_lines l ON l.isbn = b.isbn
GROUP BY a.id;

/* rollback
DROP VIEW sales_by_author;
DROP FUNCTION discounted(NUMERIC, NUMERIC);
DROP TRIGGER order_lines_take_copies ON order_lines;
DROP FUNCTION take_ordered_copies();
DROP FUNCTION take_from_stock(isbn, INTEGER);
DROP TABLE stock;
*/
