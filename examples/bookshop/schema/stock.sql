-- Written by the build step from the migrations: do not edit.
-- The schema of stock after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V4__add_stock
CREATE TABLE stock (
    branch_id SMALLINT NOT NULL,
    isbn      isbn NOT NULL,
    copies    INTEGER NOT NULL,
    CONSTRAINT stock_pkey PRIMARY KEY (branch_id, isbn),
    CONSTRAINT chk_stock_copies CHECK (copies >= 0),
    CONSTRAINT fk_stock_branch_id FOREIGN KEY (branch_id) REFERENCES branches (id),
    CONSTRAINT fk_stock_isbn FOREIGN KEY (isbn) REFERENCES books (isbn)
);

CREATE INDEX idx_stock_isbn ON stock (isbn);

-- V4__add_stock
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

-- V4__add_stock
-- An order line takes its copies from the stock.
CREATE FUNCTION take_ordered_copies() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF take_from_stock(NEW.isbn, NEW.copies) > 0 THEN
        RAISE EXCEPTION 'too few copies of %', NEW.isbn USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
