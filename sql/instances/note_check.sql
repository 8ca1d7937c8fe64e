-- instances/note_check: what an instance was deployed with, by its own copy of the config.
-- $1 name: text
-- $2 is_dud: bool, there is none: its config was taken away before it came
-- $3 config_name: text
-- $4 account: text
-- $5 connector: text
-- $6 pair: text
-- returns none
UPDATE instances
SET
    checked_at = clock_timestamp(),
    is_dud = $2,
    config_name = coalesce($3, config_name),
    account = coalesce($4, account),
    connector = coalesce($5, connector),
    pair = coalesce($6, pair),
    updated_at = now()
WHERE name = $1;
