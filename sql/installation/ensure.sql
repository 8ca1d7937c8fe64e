-- installation/ensure: who this bridge is; the first caller decides, and where it lives.
-- $1 id: uuid
-- $2 place: text
-- returns none
INSERT INTO installation (id, place)
VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT installation_pkey DO NOTHING;
