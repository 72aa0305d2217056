-- Authors and their books.
--
-- Locks: nothing that exists.

CREATE TYPE binding AS ENUM ('hardcover', 'paperback', 'e-book');
COMMENT ON TYPE binding IS 'how a book is bound';

CREATE DOMAIN digits AS TEXT CHECK (VALUE ~ '^[0-9]+$');
-- A domain over a domain: 13 digits.
CREATE DOMAIN isbn AS digits CHECK (LENGTH(VALUE) = 13);

CREATE TYPE size AS (width_mm INTEGER, height_mm INTEGER);
-- A composite type in a composite type.
CREATE TYPE edition AS (number SMALLINT, printed_on DATE, size size);
CREATE TYPE award AS (name TEXT, year INTEGER);

CREATE TABLE authors (
    id      UUID PRIMARY KEY,
    name    TEXT NOT NULL,
    born_on DATE,
    awards  award[] NOT NULL DEFAULT '{}'
);

CREATE TABLE books (
    isbn        isbn PRIMARY KEY,
    author_id   UUID NOT NULL CONSTRAINT fk_books_author_id REFERENCES authors (id),
    title       TEXT NOT NULL,
    binding     binding NOT NULL DEFAULT 'paperback',
    edition     edition,
    price       NUMERIC(10, 2) NOT NULL CONSTRAINT chk_books_price CHECK (price >= 0),
    weight_kg   REAL,
    reading_age INT4RANGE NOT NULL DEFAULT '[0,)',
    tags        TEXT[] NOT NULL DEFAULT '{}',
    -- Other printings of the same text.
    same_text   isbn[] NOT NULL DEFAULT '{}',
    details     JSONB NOT NULL DEFAULT '{}',
    cover       BYTEA,
    words       TSVECTOR GENERATED ALWAYS AS (TO_TSVECTOR('simple', title)) STORED,
    added_at    TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_books_author_id ON books (author_id);
-- Pages of the catalogue, newest first.
CREATE INDEX idx_books_added_at ON books (added_at DESC, isbn DESC);
CREATE INDEX idx_books_words ON books USING gin (words);
CREATE INDEX idx_books_tags ON books USING gin (tags);
CREATE INDEX idx_books_reading_age ON books USING gist (reading_age);

/* rollback
DROP TABLE books;
DROP TABLE authors;
DROP TYPE award;
DROP TYPE edition;
DROP TYPE size;
DROP DOMAIN isbn;
DROP DOMAIN digits;
DROP TYPE binding;
*/
