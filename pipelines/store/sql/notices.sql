-- name: notices_queue
INSERT INTO notices (notice_id, alert_id, party_id, officer_id, kind, channel, recipient, subject,
    body, short, state, next_try_ms, queued_ms)
VALUES (%(notice_id)s, %(alert_id)s, %(party_id)s, %(officer_id)s, %(kind)s, '', '', %(subject)s,
    %(body)s, %(short)s, 'queued', %(queued_ms)s, %(queued_ms)s)
ON CONFLICT DO NOTHING

-- name: notices_alert
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.round, a.party_id, a.site_id,
    a.start_ms, a.detected_ms, a.end_ms, a.party_status, p.name_zh AS party_zh,
    p.name_en AS party_en, p.uscc, t.name_zh AS site_zh, t.name_en AS site_en, t.unit_id,
    coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en,
    e.manifest, e.manifest_sha256, e.sealed_at_ms
FROM alerts a JOIN parties p USING (party_id) JOIN sites t ON t.site_id = a.site_id
    LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
    LEFT JOIN evidence e USING (alert_id)
WHERE a.alert_id = %(alert_id)s AND NOT a.staged

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
