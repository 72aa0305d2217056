-- Written by the build step from the migrations: do not edit.
-- The schema of catalogue after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- V1__add_books
CREATE TYPE binding AS ENUM ('hardcover', 'paperback', 'e-book');
COMMENT ON TYPE binding IS 'how a book is bound';

-- V1__add_books
CREATE DOMAIN digits AS TEXT CHECK (VALUE ~ '^[0-9]+$');

-- V1__add_books
-- A domain over a domain: 13 digits.
CREATE DOMAIN isbn AS digits CHECK (LENGTH(VALUE) = 13);

-- V1__add_books
CREATE TYPE size AS (width_mm INTEGER, height_mm INTEGER);

-- V1__add_books
-- A composite type in a composite type.
CREATE TYPE edition AS (number SMALLINT, printed_on DATE, size size);

-- V1__add_books
CREATE TYPE award AS (name TEXT, year INTEGER);

-- Created by V1__add_books
CREATE TABLE authors (
    id      UUID NOT NULL,
    name    TEXT NOT NULL,
    born_on DATE,
    awards  award[] NOT NULL DEFAULT '{}',
    CONSTRAINT authors_pkey PRIMARY KEY (id)
);

-- Created by V1__add_books
CREATE TABLE books (
    isbn        isbn NOT NULL,
    author_id   UUID NOT NULL,
    title       TEXT NOT NULL,
    binding     binding NOT NULL DEFAULT 'paperback',
    edition     edition,
    price       NUMERIC(10,2) NOT NULL,
    weight_kg   REAL,
    reading_age INT4RANGE NOT NULL DEFAULT '[0,)',
    tags        TEXT[] NOT NULL DEFAULT '{}',
    same_text   isbn[] NOT NULL DEFAULT '{}',
    details     JSONB NOT NULL DEFAULT '{}',
    cover       BYTEA,
    words       TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, title)) STORED,
    added_at    TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT books_pkey PRIMARY KEY (isbn),
    CONSTRAINT chk_books_price CHECK (price >= 0),
    CONSTRAINT fk_books_author_id FOREIGN KEY (author_id) REFERENCES authors (id)
);

-- Pages of the catalogue, newest first.
CREATE INDEX idx_books_added_at ON books (added_at DESC, isbn DESC);

CREATE INDEX idx_books_author_id ON books (author_id);
CREATE INDEX idx_books_reading_age ON books USING gist (reading_age);
CREATE INDEX idx_books_tags ON books USING gin (tags);
CREATE INDEX idx_books_words ON books USING gin (words);
