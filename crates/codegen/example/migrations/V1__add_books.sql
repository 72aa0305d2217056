-- Books and the people who wrote them.
--
-- Locks: nothing that exists.

CREATE TYPE binding AS ENUM ('hardcover', 'paperback');
CREATE DOMAIN isbn AS TEXT CHECK (VALUE ~ '^[0-9]{13}$');

-- One row per person, whatever the number of pen names.
CREATE TABLE IF NOT EXISTS authors (
    id   SERIAL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS books (
    isbn        isbn PRIMARY KEY,
    author_id   INTEGER NOT NULL CONSTRAINT fk_books_author_id REFERENCES authors (id),
    title       TEXT NOT NULL,
    binding     binding NOT NULL DEFAULT 'paperback',
    price_cents BIGINT NOT NULL CONSTRAINT chk_books_price_cents CHECK (price_cents BETWEEN 0 AND 1000000),
    added_at    TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- The list of an author's books, newest first.
CREATE INDEX IF NOT EXISTS idx_books_author_id ON books (author_id, added_at DESC);
COMMENT ON COLUMN books.price_cents IS 'what a customer''s account is charged';

/* rollback
DROP TABLE IF EXISTS books;
DROP TABLE IF EXISTS authors;
DROP DOMAIN IF EXISTS isbn;
DROP TYPE IF EXISTS binding;
*/
