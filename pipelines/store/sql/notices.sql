-- name: notices_queue
INSERT INTO notices (notice_id, alert_id, party_id, officer_id, kind, channel, recipient, subject,
    body, short, state, next_try_ms, queued_ms)
VALUES (%(notice_id)s, %(alert_id)s, %(party_id)s, %(officer_id)s, %(kind)s, '', '', %(subject)s,
    %(body)s, %(short)s, 'queued', %(queued_ms)s, %(queued_ms)s)
ON CONFLICT DO NOTHING

-- name: notices_alert
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.round, a.party_id, a.site_id,
    a.start_ms, a.detected_ms, a.end_ms, a.party_status, a.value, a.unit, a.low, a.high, p.name_zh AS party_zh,
    p.name_en AS party_en, p.uscc, t.name_zh AS site_zh, t.name_en AS site_en, t.unit_id,
    coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en,
    u.name_zh AS unit_zh, u.name_en AS unit_en, e.manifest, e.manifest_sha256, e.sealed_at_ms
FROM alerts a JOIN parties p USING (party_id) JOIN sites t ON t.site_id = a.site_id
    JOIN units u ON u.unit_id = t.unit_id
    LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
    LEFT JOIN evidence e USING (alert_id)
WHERE a.alert_id = %(alert_id)s AND NOT a.staged

-- name: notices_next
-- what waits for its turn, and what was taken but neither received nor read and has a way left
SELECT n.notice_id, n.alert_id, n.party_id, n.officer_id, n.kind, n.subject, n.body, n.short,
    n.state, n.attempts, n.queued_ms, n.recipient, s.unit_id, coalesce(a.assignee, '') AS assignee
FROM notices n LEFT JOIN alerts a USING (alert_id) LEFT JOIN sites s USING (site_id)
WHERE n.state <> 'failed' AND n.next_try_ms BETWEEN 1 AND %(now_ms)s
    AND n.claimed_until_ms <= %(now_ms)s
ORDER BY n.next_try_ms, n.notice_id LIMIT 1 FOR UPDATE OF n SKIP LOCKED

-- name: notices_addresses
SELECT DISTINCT ON (method, address) method, address, confirmed FROM (
    SELECT 1 AS rank, method, address, true AS confirmed, at_ms FROM address_consents
    WHERE party_id = %(party_id)s AND withdrawn_ms IS NULL
    UNION ALL
    SELECT 2, method, address, true, signed_ms FROM delivery_addresses
    WHERE party_id = %(party_id)s AND valid_from_ms <= %(now_ms)s
        AND (valid_to_ms IS NULL OR valid_to_ms > %(now_ms)s)
    UNION ALL
    SELECT 3, 'email', service_email, false, 0 FROM parties
    WHERE party_id = %(party_id)s AND service_email <> '') x
WHERE NOT EXISTS (SELECT FROM address_consents w WHERE w.party_id = %(party_id)s
    AND w.method = x.method AND w.address = x.address AND w.withdrawn_ms IS NOT NULL
    AND w.withdrawn_ms >= x.at_ms AND x.confirmed)
ORDER BY method, address, rank

-- name: notices_officer_address
SELECT address FROM officer_addresses WHERE officer_id = %(officer_id)s

-- name: notices_tried
SELECT t.channel, t.address, count(*) AS n,
    count(*) FILTER (WHERE t.outcome = 'refused' AND t.number > n.forgiven) AS refused,
    bool_or(t.outcome IN ('taken', 'delivered')) AS taken,
    bool_or(t.outcome = 'failed' AND t.number > n.forgiven) AS for_good
FROM notice_attempts t JOIN notices n USING (notice_id)
WHERE t.notice_id = %(notice_id)s GROUP BY t.channel, t.address

-- name: notices_begin
INSERT INTO notice_attempts (attempt_id, notice_id, number, channel, address, confirmed, began_ms,
    message_id, outcome, content, content_sha256)
VALUES (%(attempt_id)s, %(notice_id)s, %(number)s, %(channel)s, %(address)s, %(confirmed)s,
    %(now_ms)s, %(message_id)s, 'sending', %(content)s, %(content_sha256)s)

-- name: notices_claim
UPDATE notices SET claimed_until_ms = %(until_ms)s WHERE notice_id = %(notice_id)s

-- name: notices_end
UPDATE notice_attempts SET ended_ms = %(now_ms)s, outcome = %(outcome)s, detail = %(detail)s,
    provider_id = %(provider_id)s, answer = %(answer)s
WHERE attempt_id = %(attempt_id)s AND outcome = 'sending'

-- name: notices_sent
UPDATE notices SET state = 'sent', channel = %(channel)s, recipient = %(address)s,
    service = service OR %(confirmed)s, attempts = attempts + 1, error = '',
    sent_ms = coalesce(sent_ms, %(now_ms)s), next_try_ms = %(next_try_ms)s, claimed_until_ms = 0
WHERE notice_id = %(notice_id)s

-- name: notices_not_sent
UPDATE notices SET channel = %(channel)s, recipient = %(address)s, attempts = attempts + 1,
    error = %(error)s, next_try_ms = %(next_try_ms)s, claimed_until_ms = 0
WHERE notice_id = %(notice_id)s

-- name: notices_wait
UPDATE notices SET next_try_ms = %(next_try_ms)s, claimed_until_ms = 0
WHERE notice_id = %(notice_id)s

-- name: notices_give_up
UPDATE notices SET state = 'failed', next_try_ms = 0, claimed_until_ms = 0,
    error = CASE WHEN error = '' THEN %(error)s ELSE error END
WHERE notice_id = %(notice_id)s

-- name: notices_assignee
SELECT assignee FROM alerts WHERE alert_id = %(alert_id)s

-- name: notices_leaders
SELECT officer_id FROM officers WHERE unit_id = %(unit_id)s AND role = 'leader' ORDER BY officer_id

-- name: notices_link
INSERT INTO party_links (token_sha256, notice_id, alert_id, party_id, made_ms, expires_ms)
VALUES (%(token_sha256)s, %(notice_id)s, %(alert_id)s, %(party_id)s, %(now_ms)s, %(expires_ms)s)
ON CONFLICT DO NOTHING

-- name: notices_attempt
SELECT t.attempt_id, t.notice_id, t.channel, t.address, t.outcome, n.alert_id, n.party_id, n.kind,
    n.state, n.officer_id, coalesce(a.assignee, '') AS assignee, s.unit_id
FROM notice_attempts t JOIN notices n USING (notice_id)
    LEFT JOIN alerts a ON a.alert_id = n.alert_id LEFT JOIN sites s ON s.site_id = a.site_id
WHERE t.message_id = %(message_id)s
ORDER BY t.number DESC LIMIT 1 FOR UPDATE OF n

-- name: notices_receipt
INSERT INTO notice_receipts (receipt_id, attempt_id, outcome, at_ms, came_ms, detail, body)
VALUES (%(receipt_id)s, %(attempt_id)s, %(outcome)s, %(at_ms)s, %(now_ms)s, %(detail)s, %(body)s)
ON CONFLICT DO NOTHING

-- name: notices_delivered
UPDATE notices SET delivered_ms = coalesce(delivered_ms, %(at_ms)s), next_try_ms = 0
WHERE notice_id = %(notice_id)s

-- name: notices_undelivered
-- the way is used up: the next one is taken at once
UPDATE notices SET state = 'queued', error = %(error)s, next_try_ms = %(now_ms)s
WHERE notice_id = %(notice_id)s AND delivered_ms IS NULL AND read_ms IS NULL

-- name: notices_read
UPDATE notices SET read_ms = coalesce(read_ms, %(now_ms)s), next_try_ms = 0
WHERE notice_id = %(notice_id)s

-- name: notices_outcome
UPDATE notice_attempts SET outcome = %(outcome)s, detail = %(detail)s
WHERE attempt_id = %(attempt_id)s

-- name: notices_retry
-- asked for by a person: what was refused counts no more
UPDATE notices n SET state = 'queued', next_try_ms = %(now_ms)s, error = '', forgiven = coalesce(
    (SELECT max(number) FROM notice_attempts t WHERE t.notice_id = n.notice_id), 0)
WHERE state = 'failed' AND (%(notice_id)s = '' OR notice_id = %(notice_id)s)
RETURNING notice_id

-- name: notices_list
SELECT n.notice_id, n.kind, n.alert_id, coalesce(p.name_zh, n.officer_id) AS addressee, n.channel,
    n.recipient, n.state, n.attempts, n.error, n.queued_ms, n.sent_ms, n.delivered_ms, n.read_ms
FROM notices n LEFT JOIN parties p USING (party_id)
WHERE (%(state)s = '' OR n.state = %(state)s) ORDER BY n.queued_ms DESC LIMIT %(most)s

-- name: notices_count
INSERT INTO counters (name, value) VALUES (%(name)s, 1)
ON CONFLICT (name) DO UPDATE SET value = counters.value + 1

-- name: notices_proof
-- one row a try and receipt; a notice that was never tried has one row without a number
SELECT n.subject, n.kind, n.state, n.error, t.number, t.channel, t.address, t.outcome, t.began_ms,
    t.ended_ms, t.content_sha256, t.message_id, t.provider_id, t.detail, r.outcome AS receipt,
    r.at_ms AS receipt_ms
FROM notices n LEFT JOIN notice_attempts t USING (notice_id)
    LEFT JOIN notice_receipts r USING (attempt_id)
WHERE n.notice_id = %(notice_id)s ORDER BY t.number, r.came_ms

-- name: notices_paper
-- a notice to a party with what its sheet says, locked: it is being served
SELECT n.notice_id, n.alert_id, n.party_id, n.kind, n.state, n.subject, n.body, p.uscc,
    p.name_zh AS party_zh, p.name_en AS party_en, coalesce(s.name_zh, '') AS site_zh,
    coalesce(s.name_en, '') AS site_en
FROM notices n JOIN parties p USING (party_id) LEFT JOIN alerts a USING (alert_id)
    LEFT JOIN sites s ON s.site_id = a.site_id
WHERE n.notice_id = %(notice_id)s FOR UPDATE OF n

-- name: notices_serve
INSERT INTO notice_services (service_id, notice_id, how, at_ms, officer_id, received_by, witness,
    words, proof_sha256, recorded_ms)
VALUES (%(service_id)s, %(notice_id)s, %(how)s, %(at_ms)s, %(officer_id)s, %(received_by)s,
    %(witness)s, %(words)s, %(proof_sha256)s, %(now_ms)s) ON CONFLICT DO NOTHING

-- name: notices_served
UPDATE notices SET state = 'sent', service = true, error = '', next_try_ms = 0,
    sent_ms = coalesce(sent_ms, %(at_ms)s), delivered_ms = coalesce(delivered_ms, %(at_ms)s)
WHERE notice_id = %(notice_id)s

-- name: notices_services
SELECT * FROM notice_services WHERE notice_id = %(notice_id)s ORDER BY at_ms, service_id
