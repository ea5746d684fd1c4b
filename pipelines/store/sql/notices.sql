-- name: notices_queue
INSERT INTO notices (notice_id, alert_id, party_id, channel, recipient, subject, body, state,
    next_try_ms, queued_ms)
VALUES (%(notice_id)s, %(alert_id)s, %(party_id)s, %(channel)s, %(recipient)s, %(subject)s, %(body)s,
    'queued', %(queued_ms)s, %(queued_ms)s)
ON CONFLICT DO NOTHING

-- name: notices_next
SELECT notice_id, recipient, subject, body, attempts, queued_ms FROM notices
WHERE state = 'queued' AND next_try_ms <= %(now_ms)s
ORDER BY next_try_ms, notice_id LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: notices_sent
UPDATE notices SET state = 'sent', channel = %(channel)s, attempts = attempts + 1, error = '',
    sent_ms = %(now_ms)s
WHERE notice_id = %(notice_id)s

-- name: notices_not_sent
UPDATE notices SET state = %(state)s, channel = %(channel)s, attempts = attempts + 1,
    error = %(error)s, next_try_ms = %(next_try_ms)s
WHERE notice_id = %(notice_id)s

-- name: notices_count
INSERT INTO counters (name, value) VALUES (%(name)s, 1)
ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
