-- Offers of the partner.

--! add
--- Adds an offer.
INSERT INTO partner.offers (isbn, binding, sellers)
VALUES (:isbn, :binding, :sellers);

--! offer : Offer()
--- An offer. Uses the primary key.
SELECT isbn, binding, sellers
FROM partner.offers
WHERE isbn = :isbn;

--! binding
--- The binding of an offer. Uses the primary key.
SELECT binding
FROM partner.offers
WHERE isbn = :isbn;

--! bindings : Binding()
--- How many offers there are of each binding. Reads all offers.
SELECT binding, COUNT(*) AS offers
FROM partner.offers
GROUP BY binding
ORDER BY binding;
