-- Copies in the branches.

--! fill
--- Adds copies of many books to a branch: one array for each column.
INSERT INTO stock (branch_id, isbn, copies)
SELECT :branch_id, delivered.isbn, delivered.copies
FROM UNNEST(:isbns::isbn[], :copies::INTEGER[]) AS delivered (isbn, copies)
ON CONFLICT (branch_id, isbn) DO UPDATE
SET copies = stock.copies + EXCLUDED.copies;

--! deliver batch
--- Adds copies of a book to a branch. In a batch each book may occur once per branch.
INSERT INTO stock (branch_id, isbn, copies)
VALUES (:branch_id, :isbn, :copies)
ON CONFLICT (branch_id, isbn) DO UPDATE
SET copies = stock.copies + EXCLUDED.copies;

--! copies
--- Copies of a book in all branches.
SELECT COALESCE(SUM(copies), 0)::BIGINT AS copies
FROM stock
WHERE isbn = :isbn;

--! take : (missing!)
--- Takes copies out of the stock and returns how many are missing: calls take_from_stock. `missing` is never NULL: it is
--- counted down from `wanted`.
SELECT TAKE_FROM_STOCK(:isbn, :wanted)::INTEGER AS missing;

--! written_until : Progress()
--- The present transaction, and how far the server has written its log. Needs PostgreSQL 13.
SELECT PG_CURRENT_XACT_ID() AS transaction, PG_CURRENT_WAL_LSN() AS log;
