-- bots/list_due: the bots about which there may be something to do now.
-- returns 0..n: bot_id uuid
-- Asked all the time, so it must cost what runs and not what rests: a join would read all bots.
SELECT r.bot_id
FROM runs AS r
WHERE
    r.ended_at IS NULL
    AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= clock_timestamp())
    AND (
        r.phase IN ('requested', 'deploying')
        OR EXISTS (
            SELECT FROM bots AS b
            WHERE
                b.id = r.bot_id
                AND b.revision > greatest(r.revision, r.seen_revision)
                AND b.generation = r.generation
        )
    )
UNION
SELECT i.bot_id
FROM instances AS i
WHERE
    i.gone_at IS NULL
    AND i.bot_id IS NOT NULL
    AND (i.retry_at IS NULL OR i.retry_at <= clock_timestamp())
    AND (
        i.stop_asked_at IS NOT NULL
        OR i.is_dud
        OR (
            i.checked_at IS NULL
            AND NOT EXISTS (
                SELECT FROM runs AS r
                WHERE r.bot_id = i.bot_id AND r.instance = i.name AND r.ended_at IS NULL
            )
        )
        OR EXISTS (
            SELECT FROM bots AS b
            LEFT JOIN runs AS r ON b.id = r.bot_id AND i.name = r.instance AND r.ended_at IS NULL
            WHERE b.id = i.bot_id AND (b.desired_state = 'stopped' OR b.generation > r.generation)
        )
    );
