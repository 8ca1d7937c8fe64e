-- installation/find: who this bridge is, and the place of the database that said so.
-- returns 0..1 InstallationRow: id uuid, place text
SELECT
    id,
    place
FROM installation;
