-- Customers, orders, and what was sold.

--! add_customer (address?, seen_at?)
--- Adds a customer.
INSERT INTO customers (id, email, address, seen_at)
VALUES (:id, :email, :address, :seen_at);

--! customer : Customer(address?, seen_at?)
--- A customer. Uses the primary key.
SELECT id, email, address, seen_at
FROM customers
WHERE id = :id;

--! place
--- Places an order with its lines, at the present prices, and returns its number. The stock shrinks: see
--- take_ordered_copies.
WITH placed AS (
    INSERT INTO orders (customer_id, wrapping, promise)
    VALUES (:customer_id, :wrapping, :promise)
    RETURNING id
), lines AS (
    INSERT INTO order_lines (order_id, isbn, copies, price)
    SELECT placed.id, b.isbn, wanted.copies, b.price
    FROM placed
    CROSS JOIN UNNEST(:isbns::isbn[], :copies::INTEGER[]) AS wanted (isbn, copies)
    JOIN books b ON b.isbn = wanted.isbn
)
SELECT id
FROM placed;

--! of_customer : Order()
--- The orders of a customer in one of the states, newest first. Uses idx_orders_customer_id.
SELECT id, status, wrapping, placed_at, promise
FROM orders
WHERE customer_id = :customer_id AND status = ANY (:statuses)
ORDER BY id DESC;

--! with_lines : OrderWithLines(lines: OrderLine, buyer: Buyer)
--- The orders of a customer with the buyer and their lines, oldest first: one statement. Uses idx_orders_customer_id and the primary
--- keys.
SELECT o.id, o.status, o.placed_at, buyer,
       ARRAY(
           SELECT line
           FROM (
               SELECT l.isbn, b.title, l.copies, l.price, b.cover, b.binding
               FROM order_lines l
               JOIN books b ON b.isbn = l.isbn
               WHERE l.order_id = o.id
               ORDER BY l.isbn
           ) AS line
       ) AS lines
FROM orders o
JOIN LATERAL (SELECT c.id, c.email FROM customers c WHERE c.id = o.customer_id) AS buyer ON TRUE
WHERE o.customer_id = :customer_id
ORDER BY o.id;

--! latest : Latest(latest: LatestOrder)
--- A customer with the latest order, which is NULL without any. Uses the primary key and idx_orders_customer_id.
SELECT c.id AS customer_id, latest
FROM customers c
LEFT JOIN LATERAL (
    SELECT o.id, o.status, o.placed_at
    FROM orders o
    WHERE o.customer_id = c.id
    ORDER BY o.id DESC
    LIMIT 1
) AS latest ON TRUE
WHERE c.id = :customer_id;

--! set_status
--- Changes the status of an order. Uses the primary key.
UPDATE orders
SET status = :status
WHERE id = :id;

--! archive
--- Moves delivered orders that were placed before a time to old_orders, and returns how many.
WITH moved AS (
    DELETE FROM orders
    WHERE status = 'delivered' AND placed_at < :before
    RETURNING id, customer_id, status, placed_at, promise
), kept AS (
    INSERT INTO old_orders (id, customer_id, status, placed_at, promise)
    SELECT id, customer_id, status, placed_at, promise
    FROM moved
)
SELECT COUNT(*) AS moved
FROM moved;

--! by_author : AuthorSales(turnover?)
--- Copies and turnover per author, best first. A report: it reads all order lines.
SELECT id, name, copies, turnover
FROM sales_by_author
ORDER BY copies DESC, name;

--! statuses : (statuses?)
--- The states of the orders of a customer, without repetitions; NULL without any order.
SELECT ARRAY_AGG(DISTINCT status) AS statuses
FROM orders
WHERE customer_id = :customer_id;
