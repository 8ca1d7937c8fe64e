-- leases/insert: the lease itself, held by nobody; nothing when it is there.
-- $1 name: text
-- returns none
INSERT INTO leases (name, token, holder, taken_at)
VALUES ($1, 0, '', clock_timestamp())
ON CONFLICT ON CONSTRAINT leases_pkey DO NOTHING;
