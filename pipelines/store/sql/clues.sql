-- name: clues_match
-- The party by its code; its site where it has but one. Without either, the platform's unit.
SELECT coalesce(p.party_id, '') AS party_id, coalesce(s.site_id, '') AS site_id,
    coalesce(s.unit_id, u.unit_id, %(unit_id)s) AS unit_id
FROM (SELECT 1) one
    LEFT JOIN parties p ON p.uscc = %(uscc)s AND %(uscc)s <> ''
    LEFT JOIN LATERAL (SELECT min(site_id) AS site_id, min(unit_id) AS unit_id FROM sites
        WHERE party_id = p.party_id HAVING count(*) = 1) s ON true
    LEFT JOIN LATERAL (SELECT min(unit_id) AS unit_id FROM sites
        WHERE party_id = p.party_id HAVING count(DISTINCT unit_id) = 1) u ON true

-- name: clues_add
INSERT INTO clues (clue_id, platform, platform_id, way, body, body_sha256, received_ms, deadline_ms,
    title, claim, uscc, party_name, address, party_id, site_id, unit_id, state, changed_ms)
VALUES (%(clue_id)s, %(platform)s, %(platform_id)s, %(way)s, %(body)s, %(body_sha256)s,
    %(received_ms)s, %(deadline_ms)s, %(title)s, %(claim)s, %(uscc)s, %(party_name)s, %(address)s,
    %(party_id)s, %(site_id)s, %(unit_id)s, 'received', %(received_ms)s)
ON CONFLICT DO NOTHING

-- name: clues_add_attachment
INSERT INTO clue_attachments (clue_id, name, sha256, media_type, size_bytes)
VALUES (%(clue_id)s, %(name)s, %(sha256)s, %(media_type)s, %(size_bytes)s)

-- name: clues_receipt
SELECT c.body_sha256, o.message_id, o.body FROM clues c
    JOIN clue_outbox o ON o.clue_id = c.clue_id AND o.kind = 'receipt'
WHERE c.clue_id = %(clue_id)s

-- name: clues_add_event
INSERT INTO clue_events (event_id, clue_id, at_ms, actor, action, from_state, to_state, ground, detail)
VALUES (%(event_id)s, %(clue_id)s, %(at_ms)s, %(actor)s, %(action)s, %(from_state)s, %(to_state)s,
    %(ground)s, %(detail)s)
ON CONFLICT DO NOTHING

-- name: clues_send
INSERT INTO clue_outbox (message_id, clue_id, platform, kind, body, state, next_ms, created_ms)
VALUES (%(message_id)s, %(clue_id)s, %(platform)s, %(kind)s, %(body)s, 'waiting', %(now_ms)s, %(now_ms)s)
ON CONFLICT DO NOTHING

-- name: clues_lock
SELECT * FROM clues WHERE clue_id = %(clue_id)s FOR UPDATE

-- name: clues_change
UPDATE clues SET state = %(state)s, assignee = %(assignee)s, alert_id = %(alert_id)s,
    party_id = %(party_id)s, site_id = %(site_id)s, changed_ms = %(now_ms)s
WHERE clue_id = %(clue_id)s

-- name: clues_officer
SELECT officer_id FROM officers
WHERE officer_id = %(officer_id)s AND unit_id = %(unit_id)s AND role IN ('officer', 'leader')

-- name: clues_officers
SELECT officer_id, name_zh, name_en FROM officers
WHERE unit_id = %(unit_id)s AND role IN ('officer', 'leader') ORDER BY officer_id

-- name: clues_alert
SELECT a.alert_id FROM alerts a JOIN sites s USING (site_id)
WHERE a.alert_id = %(alert_id)s AND s.unit_id = %(unit_id)s AND NOT a.staged AND a.state <> 'sealing'

-- name: clues_alerts_near
SELECT a.alert_id, a.rule_id, a.detected_ms, a.state FROM alerts a
WHERE a.party_id = %(party_id)s AND NOT a.staged AND a.state <> 'sealing'
ORDER BY a.detected_ms DESC LIMIT 20

-- name: clues_claim
-- One at a time for each clue, so that a result never overtakes its receipt.
UPDATE clue_outbox o SET next_ms = %(until_ms)s, attempts = attempts + 1
FROM (SELECT w.message_id FROM clue_outbox w
    WHERE w.state = 'waiting' AND w.next_ms <= %(now_ms)s
        AND w.platform = ANY (SELECT jsonb_array_elements_text(%(platforms)s))
        AND NOT EXISTS (SELECT FROM clue_outbox f WHERE f.clue_id = w.clue_id
            AND f.state = 'waiting' AND (f.created_ms, f.kind) < (w.created_ms, w.kind))
    ORDER BY w.next_ms LIMIT 32 FOR UPDATE SKIP LOCKED) due
WHERE o.message_id = due.message_id
RETURNING o.*

-- name: clues_sent
UPDATE clue_outbox SET state = %(state)s, sent_ms = %(now_ms)s, answer = %(answer)s, error = ''
WHERE message_id = %(message_id)s

-- name: clues_close
WITH was AS (
    SELECT clue_id, state FROM clues
    WHERE clue_id = %(clue_id)s AND state IN ('answered', 'returned') FOR UPDATE
), done AS (
    UPDATE clues c SET state = 'closed', changed_ms = %(now_ms)s FROM was
    WHERE c.clue_id = was.clue_id
)
INSERT INTO clue_events (event_id, clue_id, at_ms, actor, action, from_state, to_state, detail)
SELECT %(event_id)s, clue_id, %(now_ms)s, 'vigil', 'closed', state, 'closed', %(detail)s FROM was
ON CONFLICT DO NOTHING

-- name: clues_try_again
UPDATE clue_outbox SET next_ms = %(next_ms)s, error = %(error)s
WHERE message_id = %(message_id)s AND state = 'waiting'

-- name: clues_dead
UPDATE clue_outbox SET state = 'dead', error = %(error)s
WHERE message_id = %(message_id)s AND state = 'waiting'

-- name: clues_resend
UPDATE clue_outbox SET state = 'waiting', next_ms = %(now_ms)s, attempts = 0
WHERE state = 'dead' AND (%(message_id)s = '' OR message_id = %(message_id)s)
RETURNING message_id

-- name: clues_to_export
SELECT * FROM clue_outbox
WHERE state IN ('waiting', 'dead') AND platform = %(platform)s
ORDER BY created_ms, kind, message_id FOR UPDATE

-- name: clues_page
SELECT c.clue_id, c.platform, c.platform_id, c.title, c.state, c.received_ms, c.uscc, c.party_name,
    c.party_id, c.assignee, o.name_zh AS assignee_zh, o.name_en AS assignee_en,
    p.name_zh AS party_zh, p.name_en AS party_en, k.due_ms, k.state AS clock_state
FROM clues c LEFT JOIN parties p USING (party_id)
    LEFT JOIN officers o ON o.officer_id = c.assignee
    LEFT JOIN LATERAL (SELECT due_ms, state FROM clocks
        WHERE subject_id = c.clue_id AND subject_kind = 'clue'
            AND state IN ('running', 'paused', 'breached')
        ORDER BY due_ms LIMIT 1) k ON true
WHERE (%(unit_id)s = '' OR c.unit_id = %(unit_id)s)
    AND CASE %(state)s WHEN 'open' THEN c.state IN ('received', 'accepted', 'assigned', 'acted_on')
        WHEN 'unmatched' THEN c.party_id = '' WHEN 'all' THEN true ELSE c.state = %(state)s END
ORDER BY k.due_ms NULLS LAST, c.received_ms DESC, c.clue_id LIMIT %(at_most)s

-- name: clues_one
SELECT c.*, p.name_zh AS party_zh, p.name_en AS party_en, s.name_zh AS site_zh,
    s.name_en AS site_en, o.name_zh AS assignee_zh, o.name_en AS assignee_en
FROM clues c LEFT JOIN parties p USING (party_id) LEFT JOIN sites s ON s.site_id = c.site_id
    LEFT JOIN officers o ON o.officer_id = c.assignee
WHERE c.clue_id = %(clue_id)s

-- name: clues_events
SELECT e.*, o.name_zh AS actor_zh, o.name_en AS actor_en FROM clue_events e
    LEFT JOIN officers o ON o.officer_id = e.actor
WHERE e.clue_id = %(clue_id)s ORDER BY e.at_ms, e.event_id

-- name: clues_attachments
SELECT * FROM clue_attachments WHERE clue_id = %(clue_id)s ORDER BY name

-- name: clues_messages
SELECT message_id, kind, state, attempts, error, answer, created_ms, sent_ms FROM clue_outbox
WHERE clue_id = %(clue_id)s ORDER BY created_ms, kind

-- name: clues_clocks
SELECT k.*, t.terms FROM clocks k JOIN clock_terms t USING (terms_id)
WHERE k.subject_id = %(clue_id)s AND k.subject_kind = 'clue' ORDER BY k.started_ms, k.kind

-- name: clues_refuse
INSERT INTO clue_refusals (refusal_id, platform, unit_id, way, place, body, reason, at_ms)
VALUES (%(refusal_id)s, %(platform)s, %(unit_id)s, %(way)s, %(place)s, %(body)s, %(reason)s, %(at_ms)s)
ON CONFLICT DO NOTHING

-- name: clues_refused
SELECT * FROM clue_refusals WHERE (%(unit_id)s = '' OR unit_id = %(unit_id)s)
ORDER BY at_ms DESC, refusal_id LIMIT %(at_most)s
