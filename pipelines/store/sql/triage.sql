-- name: triage_officer
SELECT officer_id, name_zh, name_en, role, unit_id, password_hash
FROM officers WHERE officer_id = %(officer_id)s;

-- name: triage_fits
-- what every listing of the queue asks; empty or 0: not asked. Lists are joined by the unit separator.
a.unit_id = %(unit_id)s AND NOT a.staged
  AND (%(severity)s = '' OR a.severity = %(severity)s)
  AND (%(site)s = '' OR a.site_id = %(site)s)
  AND (%(party)s = '' OR a.party_id = %(party)s)
  AND (%(rules)s = '' OR a.rule_id IN (SELECT unnest(string_to_array(%(rules)s, chr(31)))))
  AND (%(grade)s = '' OR a.grade = %(grade)s)
  AND (%(incident)s = '' OR a.incident_id = %(incident)s)
  AND (%(assignee)s = '' OR a.assignee = CASE WHEN %(assignee)s = 'me' THEN %(officer_id)s ELSE '' END)
  AND a.detected_ms BETWEEN %(from_ms)s AND %(to_ms)s
  AND (%(due_before_ms)s = 0 OR a.due_ms < %(due_before_ms)s)
  AND (%(search)s = ''
       OR (length(%(search)s) >= 4 AND starts_with(a.alert_id, lower(%(search)s)))
       OR a.site_id IN (SELECT unnest(string_to_array(%(found_sites)s, chr(31))))
       OR (a.site_id || ' ' || a.place)
          IN (SELECT unnest(string_to_array(%(found_places)s, chr(31)))))
  AND a.state = ANY (string_to_array(%(states)s, chr(31)))

-- name: triage_undecided
-- spelled as the partial index alerts_waiting is, so that it is used
a.state IN ('sealing', 'held', 'open', 'acknowledged', 'reminded')

-- name: triage_shown
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.grade, a.risk, a.rank_ms,
       a.start_ms, a.detected_ms, a.end_ms, a.value, a.unit, a.low, a.high,
       a.due_ms, a.assignee, a.held_by, a.incident_id, a.round,
       o.name_zh AS assignee_zh, o.name_en AS assignee_en,
       a.party_id, p.name_zh AS party_zh, p.name_en AS party_en,
       a.site_id, s.name_zh AS site_zh, s.name_en AS site_en,
       a.place, coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en
FROM page
JOIN alerts a USING (alert_id)
JOIN parties p ON p.party_id = a.party_id
JOIN sites s ON s.site_id = a.site_id
LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
LEFT JOIN officers o ON o.officer_id = a.assignee

-- name: triage_queue
-- the order is the column rank_ms: see the migration that makes it
WITH page AS MATERIALIZED (
    SELECT a.alert_id FROM alerts a
    WHERE (a.rank_ms, a.alert_id) > (%(at)s, %(alert_id)s) AND
    -- use: triage_undecided
    AND
    -- use: triage_fits
    ORDER BY a.rank_ms, a.alert_id LIMIT %(limit)s)
-- use: triage_shown
ORDER BY a.rank_ms, a.alert_id;

-- name: triage_queue_back
WITH page AS MATERIALIZED (
    SELECT a.alert_id FROM alerts a
    WHERE (a.rank_ms, a.alert_id) < (%(at)s, %(alert_id)s) AND
    -- use: triage_undecided
    AND
    -- use: triage_fits
    ORDER BY a.rank_ms DESC, a.alert_id DESC LIMIT %(limit)s)
-- use: triage_shown
ORDER BY a.rank_ms, a.alert_id;

-- name: triage_past
-- the newest first; the key counts down so that both ways read as in the queue
WITH page AS MATERIALIZED (
    SELECT a.alert_id FROM alerts a
    WHERE a.state <> 'sealing' AND a.detected_ms <= -%(at)s
      AND (-a.detected_ms, a.alert_id) > (%(at)s, %(alert_id)s) AND
    -- use: triage_fits
    ORDER BY a.detected_ms DESC, a.alert_id LIMIT %(limit)s)
-- use: triage_shown
ORDER BY a.detected_ms DESC, a.alert_id;

-- name: triage_past_back
WITH page AS MATERIALIZED (
    SELECT a.alert_id FROM alerts a
    WHERE a.state <> 'sealing' AND a.detected_ms >= -%(at)s
      AND (-a.detected_ms, a.alert_id) < (%(at)s, %(alert_id)s) AND
    -- use: triage_fits
    ORDER BY a.detected_ms, a.alert_id DESC LIMIT %(limit)s)
-- use: triage_shown
ORDER BY a.detected_ms DESC, a.alert_id;

-- name: triage_groups
-- waiting alerts by site or by incident, in the order of the first of each
WITH groups AS MATERIALIZED (
    SELECT CASE WHEN %(by)s = 'site' THEN a.site_id ELSE a.incident_id END AS key,
           min(a.site_id) AS site_id, count(*) AS n, min(a.rank_ms) AS first_ms, min(a.due_ms) AS due_ms,
           count(*) FILTER (WHERE a.severity = 'critical') AS critical,
           count(*) FILTER (WHERE a.severity = 'high') AS high
    FROM alerts a
    WHERE (%(by)s = 'site' OR a.incident_id <> '') AND
    -- use: triage_undecided
    AND
    -- use: triage_fits
    GROUP BY 1)
SELECT g.*, s.name_zh AS site_zh, s.name_en AS site_en, p.name_zh AS party_zh, p.name_en AS party_en
FROM groups g JOIN sites s USING (site_id) JOIN parties p USING (party_id)
WHERE (g.first_ms, g.key) > (%(at)s, %(alert_id)s)
ORDER BY g.first_ms, g.key LIMIT %(limit)s;

-- name: triage_found
-- the unit's sites, and places within one, whose names or numbers hold what is searched
SELECT s.site_id, pt.place,
       coalesce(concat_ws(' ', s.site_id, s.name_zh, s.name_en, p.name_zh, p.name_en, p.uscc)
           ILIKE %(like)s, false) AS whole
FROM sites s JOIN parties p USING (party_id) LEFT JOIN points pt USING (site_id)
WHERE s.unit_id = %(unit_id)s
  AND concat_ws(' ', s.site_id, s.name_zh, s.name_en, p.name_zh, p.name_en, p.uscc, pt.place,
                pt.name_zh, pt.name_en) ILIKE %(like)s;

-- name: triage_counts
-- read from alerts_waiting alone: as much work as the unit has waiting, however much it decided
SELECT a.state, a.severity, a.rule_id, count(*) AS n,
       count(*) FILTER (WHERE a.due_ms < %(now_ms)s) AS overdue,
       count(*) FILTER (WHERE a.due_ms >= %(now_ms)s AND a.due_ms < %(soon_ms)s) AS soon,
       count(*) FILTER (WHERE a.assignee = %(officer_id)s) AS mine
FROM alerts a
WHERE a.unit_id = %(unit_id)s AND NOT a.staged AND
-- use: triage_undecided
GROUP BY a.state, a.severity, a.rule_id;

-- name: triage_sites
SELECT site_id, name_zh, name_en FROM sites WHERE unit_id = %(unit_id)s ORDER BY name_zh;

-- name: triage_alert
SELECT a.*, p.name_zh AS party_zh, p.name_en AS party_en, p.uscc,
       s.name_zh AS site_zh, s.name_en AS site_en, s.unit_id,
       coalesce(nullif(pt.kind, ''), s.kind) AS site_kind,
       coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en,
       d.kind AS device_kind, d.model, coalesce(pt.siting_reason, '') AS siting_reason,
       r.quantity, r.interval_s, r.unit AS series_unit,
       c.name_zh AS district_zh, c.name_en AS district_en
FROM alerts a
JOIN parties p USING (party_id)
JOIN districts c USING (district_id)
JOIN sites s ON s.site_id = a.site_id
JOIN devices d ON d.device_id = a.device_id
LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
LEFT JOIN series r ON r.series_id = a.series_id
WHERE a.alert_id = %(alert_id)s AND a.state <> 'sealing' AND NOT a.staged;

-- name: triage_readings
SELECT (extract(epoch FROM time) * 1000)::bigint AS time_ms, value, flag
FROM readings
WHERE series_id = %(series_id)s
  AND time BETWEEN to_timestamp(%(from_ms)s / 1000.0) AND to_timestamp(%(to_ms)s / 1000.0)
ORDER BY time;

-- name: triage_people
SELECT (extract(epoch FROM time) * 1000)::bigint AS time_ms, people::float8 AS value, 0 AS flag
FROM observations
WHERE camera_id = %(camera_id)s
  AND time BETWEEN to_timestamp(%(from_ms)s / 1000.0) AND to_timestamp(%(to_ms)s / 1000.0)
ORDER BY time;

-- name: triage_gaps
SELECT start_ms, end_ms, reason FROM recording_gaps
WHERE camera_id = %(camera_id)s AND end_ms >= %(from_ms)s AND start_ms <= %(to_ms)s
ORDER BY start_ms;

-- name: triage_documents
SELECT document_id, kind, number, issued_by, valid_from_ms, valid_to_ms, clock_offset_ms
FROM documents WHERE device_id = %(device_id)s ORDER BY kind, valid_from_ms DESC;

-- name: triage_evidence
SELECT evidence_id, manifest_sha256, key_id, sealed_at_ms
FROM evidence WHERE alert_id = %(alert_id)s;

-- name: triage_objects
SELECT o.role, o.name, o.sha256, o.size_bytes, o.media_type
FROM evidence_objects o JOIN evidence e USING (evidence_id)
WHERE e.alert_id = %(alert_id)s ORDER BY o.role, o.name;

-- name: triage_object
SELECT o.name, o.sha256, o.size_bytes, o.media_type
FROM evidence_objects o
JOIN evidence e USING (evidence_id)
JOIN alerts a USING (alert_id)
WHERE e.alert_id = %(alert_id)s AND o.name = %(object_name)s AND a.state <> 'sealing' AND NOT a.staged;

-- name: triage_risk
SELECT (extract(epoch FROM time) * 1000)::bigint AS time_ms, score, model_version, contributions
FROM risk_scores WHERE alert_id = %(alert_id)s ORDER BY time DESC LIMIT 1;

-- name: triage_notices
SELECT channel, recipient, subject, state, attempts, error, queued_ms, sent_ms
FROM notices WHERE alert_id = %(alert_id)s ORDER BY queued_ms;

-- name: triage_case
SELECT case_id, state, attempts, receipt, decision, error, created_ms, sent_ms,
       acknowledged_ms, decided_ms
FROM cases WHERE alert_id = %(alert_id)s;

-- name: triage_events
SELECT e.event_id, e.at_ms, e.actor, e.action, e.reason_code, e.ground,
       o.name_zh AS actor_zh, o.name_en AS actor_en
FROM alert_events e LEFT JOIN officers o ON o.officer_id = e.actor
WHERE e.alert_id = %(alert_id)s ORDER BY e.at_ms, e.event_id;

-- name: triage_signals
SELECT body FROM signals WHERE alert_id = %(alert_id)s AND phase = 'opened' LIMIT 1;

-- name: triage_lock
SELECT state, party_id, site_id, unit_id, round, assignee FROM alerts
WHERE alert_id = %(alert_id)s AND state <> 'sealing' AND NOT staged FOR UPDATE;

-- name: triage_event
SELECT actor, reason_code, ground, given_to FROM alert_events WHERE event_id = %(event_id)s;

-- name: triage_add_event
INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code, ground,
    from_state, to_state, given_to)
VALUES (%(event_id)s, %(alert_id)s, %(at_ms)s, %(actor)s, %(action)s, %(reason_code)s, %(ground)s,
    %(from_state)s, %(to_state)s, %(given_to)s);

-- name: triage_given
SELECT count(*) AS n FROM alert_events WHERE alert_id = %(alert_id)s AND action = 'assigned';

-- name: triage_give
UPDATE alerts SET assignee = %(given_to)s WHERE alert_id = %(alert_id)s;

-- name: triage_colleague
-- who may be given an alert of a unit
SELECT officer_id, role FROM officers WHERE officer_id = %(officer_id)s AND unit_id = %(unit_id)s;

-- name: triage_colleagues
SELECT officer_id, name_zh, name_en, role FROM officers
WHERE unit_id = %(unit_id)s AND role IN ('officer', 'reviewer', 'leader') ORDER BY name_zh, officer_id;

-- name: triage_set_state
-- who takes it on is its assignee; back in the queue it has none, and its next round begins
UPDATE alerts SET state = %(state)s,
    assignee = CASE WHEN %(state)s = 'acknowledged' THEN %(actor)s
        WHEN %(state)s = 'open' THEN '' ELSE assignee END,
    round = round + CASE WHEN %(state)s = 'open' THEN 1 ELSE 0 END,
    held_by = CASE WHEN state = 'held' THEN '' ELSE held_by END
WHERE alert_id = %(alert_id)s AND state = %(seen)s;

-- name: triage_outbox
INSERT INTO outbox (topic, key, value) VALUES (%(topic)s, %(key)s, %(value)s);

-- name: triage_parties
SELECT p.party_id, p.uscc, p.name_zh, p.name_en, d.name_zh AS district_zh, d.name_en AS district_en,
       k.score, k.grade, k.cause, k.model_version, k.contributions,
       (extract(epoch FROM k.time) * 1000)::bigint AS scored_ms,
       (SELECT count(*) FROM alerts a WHERE a.party_id = p.party_id AND NOT a.staged
          AND a.state IN ('open', 'acknowledged')) AS waiting,
       (SELECT count(*) FROM alerts a WHERE a.party_id = p.party_id AND NOT a.staged
          AND a.state = 'confirmed') AS confirmed
FROM parties p
JOIN districts d USING (district_id)
LEFT JOIN LATERAL (
    SELECT * FROM credit_scores c WHERE c.party_id = p.party_id
    ORDER BY c.time DESC LIMIT 1
) k ON true
WHERE %(unit_id)s = '' OR EXISTS (
    SELECT FROM sites s WHERE s.party_id = p.party_id AND s.unit_id = %(unit_id)s)
ORDER BY k.score NULLS LAST, p.name_zh;

-- name: triage_dead_letters
SELECT topic, reason, count(*) AS n, max(at_ms) AS last_ms
FROM dead_letters GROUP BY topic, reason ORDER BY n DESC, topic, reason;

-- name: triage_dead_letters_recent
SELECT topic, partition, message_offset, reason, detail, at_ms
FROM dead_letters ORDER BY at_ms DESC LIMIT 20;

-- name: triage_counters
SELECT name, value FROM counters ORDER BY name;

-- name: triage_recording_gaps
SELECT g.camera_id, o.name_zh AS place_zh, o.name_en AS place_en, g.start_ms, g.end_ms, g.reason
FROM recording_gaps g
LEFT JOIN placements p ON p.device_id = g.camera_id AND p.from_ms <= g.start_ms
    AND (p.to_ms IS NULL OR p.to_ms > g.start_ms)
LEFT JOIN points o USING (point_id)
ORDER BY g.start_ms DESC LIMIT 20;

-- name: triage_stuck_notices
SELECT alert_id, channel, recipient, state, attempts, error, queued_ms
FROM notices WHERE state = 'failed' OR (state = 'queued' AND attempts > 0)
ORDER BY queued_ms DESC LIMIT 20;

-- name: triage_stuck_cases
SELECT case_id, alert_id, state, attempts, error, created_ms
FROM cases WHERE state IN ('refused', 'undelivered') OR (state = 'pending' AND attempts > 0)
ORDER BY created_ms DESC LIMIT 20;

-- name: triage_sealing
SELECT alert_id, rule_id, detected_ms, stored_at_ms
FROM alerts WHERE state = 'sealing' AND NOT staged ORDER BY stored_at_ms LIMIT 20;

-- name: triage_loss_totals
SELECT (SELECT count(*) FROM dead_letters) AS dead_letters,
       (SELECT count(*) FROM recording_gaps) AS recording_gaps,
       (SELECT count(*) FROM notices WHERE state = 'failed'
          OR (state = 'queued' AND attempts > 0)) AS notices,
       (SELECT count(*) FROM cases WHERE state IN ('refused', 'undelivered')
          OR (state = 'pending' AND attempts > 0)) AS cases,
       (SELECT count(*) FROM alerts WHERE state = 'sealing' AND NOT staged) AS sealing,
       (SELECT count(*) FROM outbox) AS outbox;

-- name: triage_alive
SELECT 1 AS alive;
