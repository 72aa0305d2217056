-- Authors, books, and how to find them.

--: Book(edition?, weight_kg?, tags[!], same_text[!])
--: Entry()

--! add_author copy_in (born_on?)
--- Adds an author.
INSERT INTO authors (id, name, born_on, awards)
VALUES (:id, :name, :born_on, :awards);

--! author : Author(born_on?, awards[!])
--- An author. Uses the primary key. An element of `awards` is never NULL: only add_author writes them.
SELECT id, name, born_on, awards
FROM authors
WHERE id = :id;

--! add_book (edition?, weight_kg?, cover?)
--- Adds a book, or replaces what can change of one that is there.
INSERT INTO books (
    isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover)
VALUES (
    :isbn, :author_id, :title, :binding, :edition, :price, :weight_kg, :reading_age, :tags, :same_text, :details, :cover)
ON CONFLICT (isbn) DO UPDATE
SET price = EXCLUDED.price,
    tags = EXCLUDED.tags,
    details = EXCLUDED.details;

--! import copy_in (edition?, weight_kg?, cover?)
--- Adds a book that is not there.
INSERT INTO books (
    isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details, cover)
VALUES (
    :isbn, :author_id, :title, :binding, :edition, :price, :weight_kg, :reading_age, :tags, :same_text, :details, :cover);

--! books report copy_out : Book
--- All books, in no order. An element of `tags` or `same_text` is never NULL: only add_book and import write them.
SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details
FROM books;

--! book : Book
--- A book. Uses the primary key. An element of `tags` or `same_text` is never NULL: only add_book writes them.
SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details
FROM books
WHERE isbn = :isbn;

--! books_of : Book
--- The books of an author, by title. Uses idx_books_author_id.
SELECT isbn, title, binding, edition, price, weight_kg, reading_age, tags, same_text, details
FROM books
WHERE author_id = :author_id
ORDER BY title, isbn;

--! browse page : Entry
--: order newest: added_at DESC, isbn DESC; by_title: title, isbn; cheapest: price, added_at DESC, isbn
--- The books of an author, with a tag and below a price, each if it is given, in pages. Uses idx_books_added_at and
--- idx_books_author_id.
SELECT isbn, title, price, added_at
FROM books
WHERE author_id = :author_id?
  AND tags && ARRAY[:tag?::TEXT]
  AND price < :below?
ORDER BY :order
LIMIT :page_size;

--! search : Entry
--- Books whose titles have all words of a text. Uses idx_books_words.
SELECT isbn, title, price, added_at
FROM books
WHERE words @@ PLAINTO_TSQUERY('simple', :text)
ORDER BY title, isbn;

--! tagged
--- The titles of the books that have one of the tags and one of the bindings. Uses idx_books_tags.
SELECT title
FROM books
WHERE tags && :tags AND binding = ANY (:bindings)
ORDER BY title;

--! for_age
--- The titles of the books for somebody of an age. Uses idx_books_reading_age.
SELECT title
FROM books
WHERE reading_age @> :age::INTEGER
ORDER BY title;

--! details
--- What is known of a book besides. Uses the primary key.
SELECT details
FROM books
WHERE isbn = :isbn;

--! cover : (cover?)
--- The picture of a book. Uses the primary key.
SELECT cover
FROM books
WHERE isbn = :isbn;

--! words
--- The words of a title, as the search sees them. Uses the primary key.
SELECT COALESCE(words, '') AS words
FROM books
WHERE isbn = :isbn;

--! reprice batch
--- Sets the price of a book.
UPDATE books
SET price = :price
WHERE isbn = :isbn;

--! redetail
--- Sets what is known of many books at once: one array for each column, by hand instead of by the mark `batch`.
UPDATE books b
SET details = new.details
FROM UNNEST(:isbns::isbn[], :details::JSONB[]) AS new (isbn, details)
WHERE b.isbn = new.isbn;

--! details_of
--- What is known of the books of an author, by ISBN. Uses idx_books_author_id.
SELECT COALESCE(ARRAY_AGG(details ORDER BY isbn), '{}') AS details
FROM books
WHERE author_id = :author_id;

--! prices_of
--- The prices of the books of an author, by ISBN. Uses idx_books_author_id.
SELECT COALESCE(ARRAY_AGG(price ORDER BY isbn), '{}') AS prices
FROM books
WHERE author_id = :author_id;
