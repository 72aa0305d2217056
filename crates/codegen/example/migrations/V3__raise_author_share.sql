-- Authors get 12 % instead of 10 %, and the functions have the words of the contract.
--
-- Locks: ACCESS EXCLUSIVE on the view earnings, for a moment.

-- The royalty on a price, in cents, rounded down: 12 %.
CREATE OR REPLACE FUNCTION royalty(cents BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE AS $$
    SELECT cents * 12 / 100
$$;

-- What each author has earned: royalties on all copies that were not returned.
CREATE OR REPLACE VIEW earnings AS
SELECT a.id AS author_id, a.name, COALESCE(SUM(royalty(s.cents)), 0)::BIGINT AS cents
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN sales s ON s.isbn = b.isbn AND s.status = 'paid'
GROUP BY a.id;

DROP FUNCTION IF EXISTS share_of_author(BIGINT);
ALTER FUNCTION refuse_gift() RENAME TO refuse_free_sale;

/* rollback
ALTER FUNCTION refuse_free_sale() RENAME TO refuse_gift;
CREATE OR REPLACE FUNCTION share_of_author(cents BIGINT) RETURNS BIGINT
LANGUAGE SQL IMMUTABLE AS $$
    SELECT cents / 10
$$;
CREATE OR REPLACE VIEW earnings AS
SELECT a.id AS author_id, a.name, COALESCE(SUM(share_of_author(s.cents)), 0)::BIGINT AS cents
FROM authors a
LEFT JOIN books b ON b.author_id = a.id
LEFT JOIN sales s ON s.isbn = b.isbn AND s.status = 'paid'
GROUP BY a.id;
DROP FUNCTION IF EXISTS royalty(BIGINT);
*/
