-- Written by the build step from the migrations: do not edit.
-- The schema of books after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- V1__add_books
CREATE TYPE binding AS ENUM ('hardcover', 'paperback');

-- V1__add_books
CREATE DOMAIN isbn AS TEXT CHECK (VALUE ~ '^[0-9]{13}$');

-- Created by V1__add_books
-- One row per person, whatever the number of pen names.
CREATE TABLE authors (
    id   SERIAL,
    name TEXT NOT NULL,
    CONSTRAINT authors_pkey PRIMARY KEY (id)
);

-- Created by V1__add_books
CREATE TABLE books (
    isbn        isbn NOT NULL,
    author_id   INTEGER NOT NULL,
    title       TEXT NOT NULL,
    binding     binding NOT NULL DEFAULT 'paperback',
    price_cents BIGINT NOT NULL,
    added_at    TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT books_pkey PRIMARY KEY (isbn),
    CONSTRAINT chk_books_price_cents CHECK (price_cents BETWEEN 0 AND 1000000),
    CONSTRAINT fk_books_author_id FOREIGN KEY (author_id) REFERENCES authors (id)
);
COMMENT ON COLUMN books.price_cents IS 'what a customer''s account is charged';

-- The list of an author's books, newest first.
CREATE INDEX idx_books_author_id ON books (author_id, added_at DESC);
