-- versions/bump: say that what readers of this account see has changed; a transaction's last word.
-- $1 account: text
-- $2 tag: text, 8 random hex digits, so that a restored or remade account never repeats a version
-- returns none
INSERT INTO versions (account, version, tag, changed_at)
VALUES ($1, 1, $2, clock_timestamp())
ON CONFLICT ON CONSTRAINT versions_pkey DO UPDATE
    SET
        version = versions.version + 1,
        tag = excluded.tag,
        changed_at = clock_timestamp();
