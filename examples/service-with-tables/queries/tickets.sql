-- Support tickets, beside the users and sessions of barqnet-db.

--! open
--- Opens a ticket. Without such a user it fails with `support_tickets_user_id_fkey`.
INSERT INTO support_tickets (user_id, subject)
VALUES (:user_id, :subject)
RETURNING id;

--! close
--- Closes an open ticket.
UPDATE support_tickets
SET closed_at = CURRENT_TIMESTAMP
WHERE id = :id AND closed_at IS NULL;

--! of_user page : Ticket()
--- The tickets of a user in pages, the newest first, with the user's last session.
SELECT t.id, t.subject, t.opened_at, t.closed_at, u.username, u.phone_number,
       (SELECT MAX(s.last_activity) FROM user_sessions s WHERE s.user_id = u.id) AS last_seen
FROM support_tickets t
JOIN users u ON u.id = t.user_id
WHERE t.user_id = :user_id
ORDER BY t.id DESC
LIMIT :limit;
