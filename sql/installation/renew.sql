-- installation/renew: this database is another bridge's from now on.
-- $1 id: uuid
-- $2 place: text
-- returns none
INSERT INTO installation (id, place)
VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT installation_pkey DO UPDATE
    SET
        id = excluded.id,
        place = excluded.place;
