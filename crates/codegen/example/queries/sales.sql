-- Sales and earnings.

--! sell : Sale()
--- Records the sale of one copy at its present price. No row if there is no such book.
INSERT INTO sales (isbn, cents)
SELECT b.isbn, b.price_cents
FROM books b
WHERE b.isbn::TEXT = :isbn
RETURNING id, cents, sold_at;

--! earnings_of
--- What an author has earned, in cents.
SELECT cents
FROM earnings
WHERE author_id = :author_id;
