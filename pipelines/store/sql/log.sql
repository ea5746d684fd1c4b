-- name: log_wait
INSERT INTO log_pending (leaves) VALUES (%(leaves)s)

-- name: log_claim
SELECT pg_try_advisory_xact_lock(hashtext('vigil.log')) AS claimed

-- name: log_waiting
SELECT pending_id, leaves FROM log_pending ORDER BY pending_id LIMIT %(most)s

-- name: log_taken
DELETE FROM log_pending
WHERE pending_id = ANY (SELECT jsonb_array_elements_text(%(ids)s)::bigint)

-- name: log_pending_count
-- MessagePack says in its first bytes how long a list is.
SELECT coalesce(sum(CASE get_byte(leaves, 0)
    WHEN 220 THEN (get_byte(leaves, 1) << 8) + get_byte(leaves, 2)
    WHEN 221 THEN (get_byte(leaves, 1)::bigint << 24) + (get_byte(leaves, 2) << 16)
        + (get_byte(leaves, 3) << 8) + get_byte(leaves, 4)
    ELSE get_byte(leaves, 0) & 15 END), 0)::bigint AS leaves
FROM log_pending

-- name: log_newest
SELECT tree_size, root, note, at_ms FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1

-- name: log_checkpoints_page
SELECT tree_size, root, note, at_ms FROM log_checkpoints
WHERE tree_size > %(after)s ORDER BY tree_size LIMIT 5000

-- name: log_checkpoint_put
INSERT INTO log_checkpoints (tree_size, root, note, at_ms)
VALUES (%(tree_size)s, %(root)s, %(note)s, %(at_ms)s)

-- name: log_leaves_put
COPY log_leaves (leaf_index, kind, subject, at_ms, commitment, salt, body)
FROM STDIN (FORMAT BINARY)

-- name: log_leaves_page
SELECT leaf_index, kind, subject, at_ms, commitment, salt, body FROM log_leaves
WHERE leaf_index > %(after)s ORDER BY leaf_index LIMIT 10000

-- name: log_entries
SELECT leaf_index, kind, at_ms, commitment FROM log_leaves
WHERE leaf_index >= %(first)s AND leaf_index < %(end)s ORDER BY leaf_index

-- name: log_leaves_of
SELECT leaf_index, kind, subject, at_ms, commitment, salt, body FROM log_leaves
WHERE subject = %(subject)s ORDER BY leaf_index

-- name: log_leaf_erase
UPDATE log_leaves SET salt = NULL, body = NULL
WHERE leaf_index = %(leaf_index)s AND body IS NOT NULL

-- name: log_tiles_at
-- LIMIT keeps the planner from reading the whole table for a handful of rows.
SELECT tile.* FROM jsonb_array_elements(%(places)s) AS place
CROSS JOIN LATERAL (
    SELECT level, number, hashes FROM log_tiles
    WHERE level = (place->>0)::smallint AND number = (place->>1)::bigint LIMIT 1
) AS tile

-- name: log_tiles_page
SELECT level, number, hashes FROM log_tiles
WHERE (level, number) > (%(level)s, %(number)s) ORDER BY level, number LIMIT 500

-- name: log_tile_put
INSERT INTO log_tiles (level, number, hashes) VALUES (%(level)s, %(number)s, %(hashes)s)
ON CONFLICT (level, number) DO UPDATE SET hashes = EXCLUDED.hashes

-- name: log_stamp_put
INSERT INTO log_stamps (tree_size, authority, token, stamped_ms)
VALUES (%(tree_size)s, %(authority)s, %(token)s, %(stamped_ms)s)
ON CONFLICT DO NOTHING

-- name: log_stamps_page
SELECT s.tree_size, s.authority, s.token, s.stamped_ms, c.note FROM log_stamps s
LEFT JOIN log_checkpoints c USING (tree_size)
WHERE (s.tree_size, s.authority) > (%(size)s, %(authority)s)
ORDER BY s.tree_size, s.authority LIMIT 500

-- name: log_stamp_newest
SELECT tree_size AS stamp_size, authority, token, stamped_ms FROM log_stamps
ORDER BY tree_size DESC, stamped_ms DESC LIMIT 1

-- name: log_key_told
SELECT leaf_index FROM log_leaves WHERE kind = 'key' AND subject = %(key_id)s LIMIT 1

-- name: log_snapshot
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: log_leaves_at
SELECT leaf_index, kind, subject, at_ms, commitment, salt, body FROM log_leaves
WHERE leaf_index = ANY (SELECT jsonb_array_elements_text(%(places)s)::bigint)

-- name: log_stamp_claim
SELECT pg_try_advisory_xact_lock(hashtext('vigil.log.stamp')) AS claimed

-- name: log_unstamped
-- The newest checkpoint, how old the first one is that no time stamp covers, the last stamp's time.
SELECT c.tree_size, c.note, s.stamped_ms,
    (SELECT min(at_ms) FROM log_checkpoints WHERE tree_size > coalesce(s.tree_size, -1)) AS since_ms
FROM (SELECT tree_size, note FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1) c
LEFT JOIN (SELECT tree_size, stamped_ms FROM log_stamps ORDER BY tree_size DESC LIMIT 1) s ON true
WHERE s.tree_size IS NULL OR s.tree_size < c.tree_size

-- name: log_provable
-- A leaf, the checkpoint to prove it under, and its time stamps: a row for each, one for none.
SELECT c.tree_size, c.note, l.leaf_index, l.kind, l.subject, l.at_ms, l.commitment, l.salt, l.body,
    s.stamp_size, s.authority, s.token, s.stamped_ms
FROM log_checkpoints c
LEFT JOIN log_leaves l ON l.leaf_index = %(leaf_index)s
LEFT JOIN LATERAL (
    SELECT tree_size AS stamp_size, authority, token, stamped_ms FROM log_stamps
    WHERE tree_size >= c.tree_size ORDER BY tree_size, authority LIMIT 10
) AS s ON true
WHERE c.tree_size = CASE WHEN %(size)s::bigint IS NULL
    THEN (SELECT max(tree_size) FROM log_checkpoints)
    ELSE (SELECT min(tree_size) FROM log_checkpoints WHERE tree_size >= %(size)s::bigint) END

-- name: log_checkpoint_at
-- The first checkpoint of at least so many leaves.
SELECT tree_size, root, note, at_ms FROM log_checkpoints
WHERE tree_size >= %(size)s ORDER BY tree_size LIMIT 1

-- name: log_stamps_from
SELECT tree_size, authority, token, stamped_ms FROM log_stamps
WHERE tree_size >= %(size)s ORDER BY tree_size, authority LIMIT 10

-- name: log_thin
-- Of each past hour the last checkpoint stays, and every stamped one.
DELETE FROM log_checkpoints c
WHERE at_ms < %(before_ms)s
    AND NOT EXISTS (SELECT FROM log_stamps s WHERE s.tree_size = c.tree_size)
    AND tree_size NOT IN (
        SELECT max(tree_size) FROM log_checkpoints GROUP BY at_ms / 3600000
    )
