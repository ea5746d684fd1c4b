-- name: door_begin
INSERT INTO sessions (session_id, officer_id, stamp, how, created_ms, seen_ms, address, agent, hint)
VALUES (%(session_id)s, %(officer_id)s, %(stamp)s, %(how)s, %(now_ms)s, %(now_ms)s, %(address)s,
        %(agent)s, %(hint)s);

-- name: door_session
SELECT s.session_id, s.stamp, s.created_ms, s.seen_ms, s.hint, o.officer_id, o.name_zh, o.name_en,
       o.role, o.unit_id, o.password_hash
FROM sessions s JOIN officers o USING (officer_id)
WHERE s.session_id = %(session_id)s AND s.ended_ms IS NULL;

-- name: door_seen
UPDATE sessions SET seen_ms = %(now_ms)s, address = %(address)s
WHERE session_id = %(session_id)s AND ended_ms IS NULL AND seen_ms < %(now_ms)s;

-- name: door_end
UPDATE sessions SET ended_ms = %(now_ms)s, ended_by = %(by)s, ended_why = %(why)s, hint = ''
WHERE session_id = %(session_id)s AND ended_ms IS NULL
RETURNING officer_id;

-- name: door_tidy
WITH over AS (
    UPDATE sessions SET ended_ms = %(now_ms)s, ended_by = officer_id, hint = '',
        ended_why = CASE WHEN created_ms <= %(created_ms)s THEN 'over' ELSE 'idle' END
    WHERE ended_ms IS NULL AND (created_ms <= %(created_ms)s OR seen_ms <= %(seen_ms)s)
), gone AS (
    DELETE FROM sessions WHERE ended_ms < %(forget_ms)s
)
DELETE FROM sign_in_ways WHERE set_out_ms < %(set_out_ms)s;

-- name: door_sessions_of
SELECT s.session_id, s.how, s.created_ms, s.seen_ms, s.address, s.agent FROM sessions s
WHERE s.ended_ms IS NULL AND s.created_ms > %(created_ms)s AND s.seen_ms > %(seen_ms)s
    AND s.officer_id = %(officer_id)s
ORDER BY s.seen_ms DESC, s.session_id
LIMIT %(most)s;

-- name: door_session_of
SELECT officer_id FROM sessions WHERE session_id = %(session_id)s AND ended_ms IS NULL;

-- name: door_set_out
INSERT INTO sign_in_ways (state_sha256, visitor, nonce, verifier, landing, set_out_ms)
VALUES (%(state_sha256)s, %(visitor)s, %(nonce)s, %(verifier)s, %(landing)s, %(set_out_ms)s);

-- name: door_come_back
DELETE FROM sign_in_ways
WHERE state_sha256 = %(state_sha256)s AND visitor = %(visitor)s AND set_out_ms > %(after_ms)s
RETURNING nonce, verifier, landing;

-- name: door_take
INSERT INTO door_buckets AS b (key, full_ms, cost_ms, most_ms)
SELECT a.key, t.now_ms + a.cost_ms, a.cost_ms, a.most_ms
FROM jsonb_to_recordset(%(asked)s) AS a (key text, cost_ms float8, most_ms float8),
     (SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms) AS t
ORDER BY a.key  -- two that take the same buckets never wait for each other crosswise
ON CONFLICT (key) DO UPDATE SET
    full_ms = greatest(b.full_ms, EXCLUDED.full_ms - EXCLUDED.cost_ms) + EXCLUDED.cost_ms,
    cost_ms = EXCLUDED.cost_ms, most_ms = EXCLUDED.most_ms
WHERE greatest(b.full_ms, EXCLUDED.full_ms - EXCLUDED.cost_ms) + 2 * EXCLUDED.cost_ms
    <= EXCLUDED.full_ms + EXCLUDED.most_ms
RETURNING key;

-- name: door_wait
SELECT key, full_ms + cost_ms - most_ms - extract(epoch FROM clock_timestamp())::float8 * 1000
    AS wait_ms
FROM door_buckets WHERE key IN (SELECT jsonb_array_elements_text(%(keys)s));

-- name: door_give_back
UPDATE door_buckets SET full_ms = full_ms - cost_ms
WHERE key IN (SELECT jsonb_array_elements_text(%(keys)s));

-- name: door_empty
DELETE FROM door_buckets WHERE key = %(key)s;

-- name: door_forget
DELETE FROM door_buckets
WHERE full_ms < extract(epoch FROM clock_timestamp())::float8 * 1000 - 60000;
