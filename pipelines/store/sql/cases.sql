-- name: cases_dossier
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.party_id, a.site_id, a.device_id,
    a.start_ms, a.detected_ms, a.end_ms, a.unit, a.value, a.low, a.high, a.inputs, a.staged,
    a.grade, a.grade_reasons, a.risk, a.incident_id, p.uscc, p.district_id, p.name_zh AS party_zh,
    p.name_en AS party_en, coalesce(nullif(pt.kind, ''), s.kind) AS site_kind,
    s.name_zh AS site_zh, s.name_en AS site_en, coalesce(pt.name_zh, a.place) AS place_zh,
    coalesce(pt.name_en, a.place) AS place_en
FROM alerts a
JOIN parties p USING (party_id)
JOIN sites s ON s.site_id = a.site_id
LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
WHERE a.alert_id = %(alert_id)s

-- name: cases_officer
SELECT name_zh, name_en FROM officers WHERE officer_id = %(officer_id)s

-- name: cases_of_alert
SELECT case_id, revision, facts_sha256 FROM cases WHERE alert_id = %(alert_id)s

-- name: cases_confirmed
SELECT actor, at_ms, reason_code FROM alert_events
WHERE alert_id = %(alert_id)s AND action = 'confirmed' ORDER BY at_ms DESC LIMIT 1

-- name: cases_evidence
SELECT evidence_id, manifest, manifest_sha256, signature, key_id, sealed_at_ms
FROM evidence WHERE alert_id = %(alert_id)s

-- name: cases_evidence_objects
SELECT name, role, sha256, size_bytes, media_type
FROM evidence_objects WHERE evidence_id = %(evidence_id)s ORDER BY name

-- name: cases_papers
-- Every paper of the device that was in force when it happened.
SELECT d.kind, d.number, d.issued_by, d.signed_by, d.valid_from_ms, d.valid_to_ms
FROM documents d JOIN alerts a ON a.device_id = d.device_id
WHERE a.alert_id = %(alert_id)s AND d.valid_from_ms <= a.start_ms
    AND (d.valid_to_ms IS NULL OR d.valid_to_ms > a.start_ms)
ORDER BY d.kind, d.valid_from_ms, d.document_id

-- name: cases_notices
-- What the party was told, how, and with what proof.
SELECT n.notice_id, n.kind, n.channel, n.subject, n.state, n.queued_ms, n.sent_ms, n.delivered_ms,
    n.read_ms, n.service, coalesce(t.outcome, '') AS proof, coalesce(t.content_sha256, '') AS content_sha256
FROM notices n
LEFT JOIN LATERAL (SELECT outcome, content_sha256 FROM notice_attempts
    WHERE notice_id = n.notice_id ORDER BY number DESC LIMIT 1) t ON true
WHERE n.alert_id = %(alert_id)s AND n.party_id IS NOT NULL
ORDER BY n.queued_ms, n.notice_id

-- name: cases_party_answers
SELECT p.answer_id, p.kind, p.words, p.by_name, p.at_ms, p.late, p.digest,
    coalesce(r.outcome, '') AS reply, coalesce(r.words, '') AS reply_words,
    coalesce(r.officer_id, '') AS reply_by
FROM party_answers p LEFT JOIN party_replies r USING (answer_id)
WHERE p.alert_id = %(alert_id)s ORDER BY p.at_ms, p.answer_id

-- name: cases_together
SELECT alert_id, rule_id, device_id, start_ms, state FROM alerts
WHERE incident_id = %(incident_id)s AND incident_id <> '' AND alert_id <> %(alert_id)s AND NOT staged
ORDER BY start_ms, alert_id LIMIT 50

-- name: cases_clocks
SELECT kind, version, started_ms, due_ms, state, met_ms
FROM clocks WHERE alert_id = %(alert_id)s ORDER BY started_ms, clock_id

-- name: cases_steps
-- Who took which step: what officers decided, and who reviewed. What the pipeline did itself is not told.
SELECT s.step, s.officer_id, coalesce(o.name_zh, s.officer_id) AS name_zh,
    coalesce(o.name_en, s.officer_id) AS name_en, coalesce(o.role, '') AS role, s.at_ms
FROM (
    SELECT action AS step, actor AS officer_id, at_ms FROM alert_events
    WHERE alert_id = %(alert_id)s AND actor <> 'vigil' AND action IN ('acknowledged', 'taken_up',
        'handed_back', 'reminded', 'confirmed', 'dismissed', 'reopened')
    UNION ALL
    SELECT 'review_' || r.kind, r.officer_id, r.at_ms FROM reviews r
    JOIN evidence e USING (evidence_id, manifest_sha256) WHERE e.alert_id = %(alert_id)s
) s LEFT JOIN officers o USING (officer_id)
ORDER BY s.at_ms, s.step

-- name: cases_earlier
SELECT rule_id, rule_version FROM alerts
WHERE party_id = %(party_id)s AND alert_id <> %(alert_id)s AND state = 'confirmed' AND NOT staged
    AND start_ms >= %(since_ms)s AND start_ms < %(before_ms)s
ORDER BY start_ms LIMIT 200

-- name: cases_add
-- A correction replaces what the case says by its next revision, and only by that.
INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms, revision, facts_sha256)
VALUES (%(case_id)s, %(alert_id)s, %(party_id)s, %(payload)s, 'pending', %(created_ms)s,
    %(revision)s, %(facts_sha256)s)
ON CONFLICT (case_id) DO UPDATE SET payload = excluded.payload, revision = excluded.revision,
    facts_sha256 = excluded.facts_sha256,
    state = CASE cases.state WHEN 'decided' THEN 'decided' ELSE 'pending' END
WHERE cases.revision = excluded.revision - 1

-- name: cases_add_sending
INSERT INTO case_sendings (sending_id, case_id, revision, reason, body, state, due_ms, created_ms)
VALUES (%(sending_id)s, %(case_id)s, %(revision)s, %(reason)s, %(body)s, 'pending', 0,
    %(created_ms)s)
ON CONFLICT DO NOTHING

-- name: cases_claim
-- The sending that has been due longest, and of a case only its oldest: what follows waits for it. The row
-- stays locked while it is on its way, so that of each case one is in flight, whoever else is at work.
SELECT s.sending_id, s.case_id, s.revision, s.body, s.tries, c.alert_id
FROM case_sendings s JOIN cases c USING (case_id)
WHERE s.state = 'pending' AND s.due_ms <= %(now_ms)s
    AND NOT EXISTS (SELECT FROM case_sendings e WHERE e.case_id = s.case_id
        AND e.revision < s.revision AND e.state IN ('pending', 'undelivered'))
    AND NOT EXISTS (SELECT FROM case_endpoints d
        WHERE d.url = %(url)s AND d.disabled_ms IS NOT NULL)
ORDER BY s.due_ms, s.created_ms, s.sending_id
LIMIT 1 FOR UPDATE OF s SKIP LOCKED

-- name: cases_sent
UPDATE case_sendings SET state = %(state)s, error = %(error)s, receipt = %(receipt)s,
    attempts = attempts + 1, tries = tries + 1, due_ms = %(due_ms)s, sent_ms = %(at_ms)s,
    first_sent_ms = coalesce(first_sent_ms, %(at_ms)s),
    acknowledged_ms = CASE WHEN %(state)s = 'acknowledged' THEN %(at_ms)s::bigint END
WHERE sending_id = %(sending_id)s

-- name: cases_project
-- The case as its sendings stand. A decision may have overtaken the acknowledgement: it stays decided.
UPDATE cases c SET attempts = s.attempts, error = s.error, receipt = coalesce(s.receipt, ''),
    sent_ms = s.sent_ms, acknowledged_ms = s.acknowledged_ms,
    state = CASE c.state WHEN 'decided' THEN 'decided' ELSE s.state END
FROM (SELECT sum(attempts) AS attempts, min(first_sent_ms) AS sent_ms,
        min(acknowledged_ms) AS acknowledged_ms,
        (array_agg(error ORDER BY revision DESC))[1] AS error,
        (array_agg(receipt ORDER BY revision DESC) FILTER (WHERE receipt <> ''))[1] AS receipt,
        CASE WHEN bool_or(state = 'undelivered') THEN 'undelivered'
            ELSE (array_agg(state ORDER BY revision DESC))[1] END AS state
    FROM case_sendings WHERE case_id = %(case_id)s) s
WHERE c.case_id = %(case_id)s

-- name: cases_more
SELECT 1 AS one FROM case_sendings WHERE case_id = %(case_id)s AND state = 'pending' LIMIT 1

-- name: cases_waiting
-- No case system is configured: what waits says why.
UPDATE cases SET error = %(error)s WHERE state = 'pending' AND error <> %(error)s

-- name: cases_disable
INSERT INTO case_endpoints (url, disabled_ms, why, changed_by)
VALUES (%(url)s, %(at_ms)s, %(why)s, 'vigil')
ON CONFLICT (url) DO UPDATE SET disabled_ms = excluded.disabled_ms, why = excluded.why,
    changed_by = excluded.changed_by

-- name: cases_enable
UPDATE case_endpoints SET disabled_ms = NULL, why = '', changed_by = %(by)s WHERE url = %(url)s

-- name: cases_endpoint
SELECT url, disabled_ms, why, changed_by FROM case_endpoints
WHERE url = %(url)s AND disabled_ms IS NOT NULL

-- name: cases_to_resend
-- Without a case: what was never taken. With one: also its newest where that was refused.
SELECT s.sending_id, s.case_id, s.revision, c.alert_id
FROM case_sendings s JOIN cases c USING (case_id)
WHERE (%(case_id)s = '' OR s.case_id = %(case_id)s)
    AND (s.state = 'undelivered' OR (s.state = 'pending' AND s.tries > 0)
        OR (%(case_id)s <> '' AND s.state = 'refused' AND s.revision = c.revision))
ORDER BY s.created_ms, s.sending_id
FOR UPDATE OF s SKIP LOCKED

-- name: cases_again
UPDATE case_sendings SET state = 'pending', tries = 0, due_ms = 0 WHERE sending_id = %(sending_id)s

-- name: cases_party
SELECT party_id FROM cases WHERE case_id = %(case_id)s

-- name: cases_one
SELECT c.case_id, c.alert_id, c.party_id, c.state, c.status, c.status_ms, c.revision, c.created_ms,
    a.severity, a.site_id
FROM cases c JOIN alerts a USING (alert_id) WHERE c.case_id = %(case_id)s

-- name: cases_lock
SELECT c.case_id, c.alert_id, c.party_id, c.state, c.status, c.created_ms, a.severity, a.site_id
FROM cases c JOIN alerts a USING (alert_id) WHERE c.case_id = %(case_id)s FOR UPDATE OF c

-- name: cases_answer
SELECT case_id, body FROM case_answers WHERE answer_id = %(answer_id)s

-- name: cases_told
SELECT status, revision, at_ms FROM case_answers
WHERE case_id = %(case_id)s AND taken IN ('current', 'late') AND status <> '' ORDER BY at_ms

-- name: cases_add_answer
INSERT INTO case_answers (answer_id, case_id, kind, at_ms, body, status, revision, taken, why)
VALUES (%(answer_id)s, %(case_id)s, %(kind)s, %(at_ms)s, %(body)s, %(status)s, %(revision)s,
    %(taken)s, %(why)s)
ON CONFLICT DO NOTHING

-- name: cases_status
UPDATE cases SET status = %(status)s, status_ms = %(at_ms)s, status_reason = %(reason)s
WHERE case_id = %(case_id)s

-- name: cases_decided
UPDATE cases SET state = 'decided', decision = %(decision)s, decided_ms = %(at_ms)s
WHERE case_id = %(case_id)s AND (decided_ms IS NULL OR decided_ms <= %(at_ms)s)

-- name: cases_undecided
-- A refusal was about an older revision: the corrected one begins its course.
UPDATE cases SET state = 'acknowledged', decision = '', decided_ms = NULL
WHERE case_id = %(case_id)s AND decision = 'refused'

-- name: cases_index_parts
SELECT 'revision' AS part, sending_id AS id, encode(sha256(body), 'hex') AS sha256, created_ms AS at_ms
FROM case_sendings WHERE case_id = %(case_id)s
UNION ALL
SELECT 'answer', answer_id, encode(sha256(body), 'hex'), at_ms
FROM case_answers WHERE case_id = %(case_id)s
UNION ALL
SELECT 'manifest', e.evidence_id, e.manifest_sha256, e.sealed_at_ms
FROM evidence e JOIN cases USING (alert_id) WHERE case_id = %(case_id)s
UNION ALL
SELECT 'object', o.name, o.sha256, e.sealed_at_ms
FROM evidence_objects o JOIN evidence e USING (evidence_id) JOIN cases USING (alert_id)
WHERE case_id = %(case_id)s
UNION ALL
SELECT 'review', r.review_id, encode(sha256(r.statement), 'hex'), r.at_ms
FROM reviews r JOIN evidence e USING (evidence_id) JOIN cases c ON c.alert_id = e.alert_id
WHERE c.case_id = %(case_id)s
UNION ALL
SELECT 'party_answer', p.answer_id, p.digest, p.at_ms
FROM party_answers p JOIN cases USING (alert_id) WHERE case_id = %(case_id)s
ORDER BY at_ms, part, id

-- name: cases_add_archive
INSERT INTO case_archives (case_id, index_json, index_sha256, at_ms)
VALUES (%(case_id)s, %(index_json)s, %(index_sha256)s, %(at_ms)s)
ON CONFLICT DO NOTHING

-- name: cases_archived
UPDATE cases SET archive_sha256 = %(index_sha256)s WHERE case_id = %(case_id)s

-- name: cases_archive
SELECT index_json, index_sha256, at_ms FROM case_archives WHERE case_id = %(case_id)s

-- name: cases_list
SELECT c.case_id, c.alert_id, c.state, c.status, c.revision, c.attempts, c.receipt, c.decision, c.error,
    c.created_ms, c.status_ms, p.name_zh AS party_zh, p.name_en AS party_en, a.rule_id, a.rule_version, a.severity
FROM cases c JOIN parties p USING (party_id) JOIN alerts a USING (alert_id) JOIN sites t USING (site_id)
WHERE (%(state)s = '' OR c.state = %(state)s) AND (%(status)s = '' OR c.status = %(status)s)
    AND (%(unit_id)s = '' OR t.unit_id = %(unit_id)s)
    AND (%(search)s = '' OR concat_ws(' ', c.case_id, p.name_zh, p.name_en, p.uscc, c.alert_id)
        ILIKE '%%' || %(search)s || '%%')
    AND (%(before_ms)s::bigint IS NULL OR (c.created_ms, c.case_id) < (%(before_ms)s, %(before_id)s))
ORDER BY c.created_ms DESC, c.case_id DESC LIMIT %(most)s

-- name: cases_counts
SELECT c.state, count(*) AS n FROM cases c JOIN alerts a USING (alert_id)
JOIN sites t ON t.site_id = a.site_id
WHERE %(unit_id)s = '' OR t.unit_id = %(unit_id)s GROUP BY c.state

-- name: cases_page
SELECT c.case_id, c.alert_id, c.party_id, c.state, c.status, c.status_ms, c.status_reason, c.revision,
    c.attempts, c.receipt, c.decision, c.error, c.created_ms, c.sent_ms, c.acknowledged_ms, c.decided_ms,
    c.payload, c.archive_sha256, p.name_zh AS party_zh, p.name_en AS party_en, p.uscc, a.rule_id,
    a.rule_version, a.severity, a.place, t.unit_id
FROM cases c JOIN parties p USING (party_id) JOIN alerts a USING (alert_id)
JOIN sites t ON t.site_id = a.site_id WHERE c.case_id = %(case_id)s

-- name: cases_sendings
SELECT sending_id, revision, reason, state, attempts, tries, due_ms, error, receipt, created_ms, sent_ms,
    acknowledged_ms, encode(sha256(body), 'hex') AS body_sha256, length(body) AS size_bytes
FROM case_sendings WHERE case_id = %(case_id)s ORDER BY revision

-- name: cases_sending_body
SELECT body FROM case_sendings WHERE case_id = %(case_id)s AND revision = %(revision)s

-- name: cases_answers
SELECT answer_id, kind, status, revision, at_ms, taken, why, body FROM case_answers
WHERE case_id = %(case_id)s ORDER BY at_ms, answer_id

-- name: cases_events
SELECT e.at_ms, e.action, e.actor, e.reason_code, e.ground, o.name_zh AS actor_zh, o.name_en AS actor_en
FROM alert_events e LEFT JOIN officers o ON o.officer_id = e.actor
WHERE e.alert_id = %(alert_id)s AND (e.action LIKE 'case_%%' OR e.action = 'confirmed')
ORDER BY e.at_ms, e.event_id
