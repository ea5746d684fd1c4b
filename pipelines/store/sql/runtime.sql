-- name: runtime_offset
SELECT next_offset FROM stage_offsets
WHERE log_id = %(log_id)s AND stage = %(stage)s AND partition = %(partition)s

-- name: runtime_state
SELECT key, value FROM stage_state WHERE stage = %(stage)s AND partition = %(partition)s

-- name: runtime_advance
INSERT INTO stage_offsets (log_id, stage, partition, next_offset)
VALUES (%(log_id)s, %(stage)s, %(partition)s, %(next_offset)s)
ON CONFLICT (log_id, stage, partition) DO UPDATE SET next_offset = excluded.next_offset
WHERE stage_offsets.next_offset = %(expected)s

-- name: runtime_keep_state
INSERT INTO stage_state (stage, partition, key, value)
VALUES (%(stage)s, %(partition)s, %(key)s, %(value)s)
ON CONFLICT (stage, partition, key) DO UPDATE SET value = excluded.value

-- name: runtime_forget_state
DELETE FROM stage_state WHERE stage = %(stage)s AND partition = %(partition)s AND key = %(key)s

-- name: runtime_emit
INSERT INTO outbox (topic, key, value) VALUES (%(topic)s, %(key)s, %(value)s)

-- name: runtime_count
INSERT INTO counters (name, value) VALUES (%(name)s, %(amount)s)
ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value

-- name: runtime_refuse
INSERT INTO dead_letters
VALUES (%(dead_letter_id)s, %(topic)s, %(partition)s, %(message_offset)s, %(reason)s, %(detail)s,
    %(original)s, %(at_ms)s)
ON CONFLICT DO NOTHING

-- name: relay_claim
SELECT pg_try_advisory_xact_lock(hashtext('vigil.relay')) AS claimed

-- name: relay_waiting
SELECT outbox_id, topic, key, value FROM outbox ORDER BY outbox_id LIMIT 500

-- name: relay_done
DELETE FROM outbox WHERE outbox_id = ANY (SELECT jsonb_array_elements_text(%(ids)s)::bigint)

-- name: relay_count
SELECT count(*) AS waiting FROM outbox

-- name: dead_letter
SELECT topic, partition, message_offset, reason, detail, original FROM dead_letters
WHERE reason = %(reason)s ORDER BY topic, partition, message_offset LIMIT 1
