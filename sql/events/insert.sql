-- events/insert: one thing that somebody did; append-only, outlives its subject.
-- $1 event_id: uuid
-- $2 account: text, null when it concerns none
-- $3 actor: text
-- $4 action: text, such as client.created
-- $5 subject: text, the id of what was changed
-- $6 detail: jsonb, without secrets
-- $7 request_id: text
-- returns none
INSERT INTO events (id, account, actor, action, subject, detail, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);
