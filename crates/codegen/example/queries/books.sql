-- Books.

--! add
--- Adds a book.
INSERT INTO books (isbn, author_id, title, price_cents)
VALUES (:isbn::TEXT, :author_id, :title, :price_cents);

--! add_author
--- Adds an author and returns the id.
INSERT INTO authors (name)
VALUES (:name)
RETURNING id;
