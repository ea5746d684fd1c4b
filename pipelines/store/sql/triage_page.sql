-- name: triage_page_months
-- The alerts of a site by local month and state.
SELECT to_char(to_timestamp(detected_ms / 1000.0) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
    state, count(*) AS n
FROM alerts
WHERE site_id = %(site_id)s AND NOT staged AND state <> 'sealing'
  AND detected_ms >= %(from_ms)s AND detected_ms <= %(to_ms)s
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: triage_page_last
-- The newest alerts of a site but the one that is shown, with what was said of each.
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.detected_ms, a.value, a.unit,
    coalesce(v.reason_code, '') AS reason_code
FROM (
    SELECT * FROM alerts
    WHERE site_id = %(site_id)s AND NOT staged AND state <> 'sealing'
      AND detected_ms >= %(from_ms)s AND alert_id <> %(alert_id)s
    ORDER BY detected_ms DESC, alert_id LIMIT %(limit)s
) a
LEFT JOIN LATERAL (
    SELECT reason_code FROM alert_events e
    WHERE e.alert_id = a.alert_id AND e.action IN ('confirmed', 'dismissed')
    ORDER BY at_ms DESC LIMIT 1
) v ON true
ORDER BY a.detected_ms DESC, a.alert_id;

-- name: triage_page_cases
-- Cases that came of confirmed alerts of a site, the newest first.
SELECT c.case_id, c.alert_id, c.state, c.decision, c.created_ms, c.decided_ms, a.rule_id,
    a.rule_version
FROM cases c JOIN alerts a USING (alert_id)
WHERE c.party_id = %(party_id)s AND a.site_id = %(site_id)s AND c.alert_id <> %(alert_id)s
ORDER BY c.created_ms DESC, c.case_id LIMIT 5;

-- name: triage_page_credit
SELECT score, grade, cause, (extract(epoch FROM time) * 1000)::bigint AS time_ms
FROM credit_scores WHERE party_id = %(party_id)s ORDER BY time DESC LIMIT 1;

-- name: triage_page_decided
-- Decided alerts of one rule at the unit's sites of one kind, the newest first.
SELECT a.alert_id, a.site_id, a.device_id, a.place, a.start_ms, a.detected_ms, a.end_ms, a.value,
    a.low, a.high, a.unit, a.state, s.name_zh AS site_zh, s.name_en AS site_en,
    coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en
FROM alerts a
JOIN sites s USING (site_id)
LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
WHERE a.rule_id = %(rule_id)s AND a.state IN ('confirmed', 'dismissed') AND NOT a.staged
  AND a.alert_id <> %(alert_id)s AND a.detected_ms <= %(before_ms)s AND a.unit_id = %(unit_id)s
  AND coalesce(nullif(pt.kind, ''), s.kind) = %(site_kind)s
ORDER BY a.detected_ms DESC LIMIT %(limit)s;

-- name: triage_page_grounds
-- The verdict in force of each of some alerts.
SELECT DISTINCT ON (e.alert_id) e.alert_id, e.action, e.reason_code, e.ground, e.at_ms
FROM alert_events e
WHERE e.alert_id = ANY (SELECT jsonb_array_elements_text(%(alert_ids)s))
  AND e.action IN ('confirmed', 'dismissed')
ORDER BY e.alert_id, e.at_ms DESC;

-- name: triage_page_shares
-- How many decided alerts of one rule were confirmed, here and elsewhere in the unit.
SELECT a.site_id = %(site_id)s AS here, count(*) FILTER (WHERE a.state = 'confirmed') AS confirmed,
    count(*) AS decided
FROM alerts a
WHERE a.rule_id = %(rule_id)s AND a.state IN ('confirmed', 'dismissed') AND NOT a.staged
  AND a.alert_id <> %(alert_id)s AND a.detected_ms >= %(from_ms)s AND a.detected_ms <= %(before_ms)s
  AND a.unit_id = %(unit_id)s
GROUP BY 1;

-- name: triage_page_series
-- What is measured at the alert's site over a span: its own device first, then its place.
SELECT r.series_id, r.quantity, r.unit, r.interval_s, p.device_id, pt.place,
    pt.name_zh AS place_zh, pt.name_en AS place_en
FROM series r
JOIN placements p USING (placement_id)
JOIN points pt USING (point_id)
WHERE pt.site_id = %(site_id)s AND p.from_ms <= %(to_ms)s
  AND (p.to_ms IS NULL OR p.to_ms > %(from_ms)s)
ORDER BY p.device_id <> %(device_id)s, pt.place <> %(place)s, pt.name_zh, r.quantity, r.series_id;

-- name: triage_page_maintenance
SELECT from_ms, to_ms, why FROM maintenance
WHERE device_id = %(device_id)s AND from_ms <= %(to_ms)s AND (to_ms IS NULL OR to_ms > %(from_ms)s)
ORDER BY from_ms;

-- name: triage_page_points
-- Every point of a site with what stands there now, when it was last heard, what waits there.
SELECT pt.point_id, pt.place, pt.name_zh, pt.name_en, pt.mounting, pt.siting_reason,
    pt.published_location, d.device_id, d.kind AS device_kind, d.model,
    (SELECT (extract(epoch FROM max(h.at)) * 1000)::bigint FROM (
        SELECT (SELECT r.time FROM readings r WHERE r.series_id = s.series_id
            ORDER BY r.time DESC LIMIT 1) AS at
        FROM series s WHERE s.placement_id = p.placement_id
        UNION ALL
        (SELECT o.time FROM observations o WHERE o.camera_id = d.device_id AND d.kind = 'camera'
            ORDER BY o.time DESC LIMIT 1)) h) AS heard_ms,
    (SELECT max(s.interval_s) FROM series s WHERE s.placement_id = p.placement_id) AS interval_s,
    EXISTS (SELECT FROM maintenance m WHERE m.device_id = d.device_id AND m.from_ms <= %(now_ms)s
        AND (m.to_ms IS NULL OR m.to_ms > %(now_ms)s)) AS maintained,
    (SELECT count(*) FROM alerts a WHERE a.device_id = d.device_id AND NOT a.staged
        AND a.state IN ('open', 'acknowledged', 'reminded')) AS waiting
FROM points pt
LEFT JOIN placements p ON p.point_id = pt.point_id AND p.from_ms <= %(now_ms)s
    AND (p.to_ms IS NULL OR p.to_ms > %(now_ms)s)
LEFT JOIN devices d ON d.device_id = p.device_id
WHERE pt.site_id = %(site_id)s
ORDER BY pt.name_zh, pt.point_id, d.device_id LIMIT 40;

-- name: triage_page_related
-- The other findings of one incident.
SELECT a.alert_id, a.rule_id, a.rule_version, a.severity, a.state, a.detected_ms,
    coalesce(pt.name_zh, a.place) AS place_zh, coalesce(pt.name_en, a.place) AS place_en
FROM alerts a LEFT JOIN points pt ON pt.site_id = a.site_id AND pt.place = a.place
WHERE a.incident_id = %(incident_id)s AND a.alert_id <> %(alert_id)s AND a.state <> 'sealing'
  AND NOT a.staged AND a.site_id = %(site_id)s
ORDER BY a.detected_ms, a.alert_id LIMIT 20;

-- name: triage_page_explains
-- The alert that keeps another from the queue.
SELECT alert_id, rule_id, rule_version, state FROM alerts
WHERE alert_id = %(alert_id)s AND site_id = %(site_id)s AND NOT staged AND state <> 'sealing';

-- name: triage_page_notices
-- What the party was told of an alert, each with its tries and services in order.
SELECT n.notice_id, n.kind, n.subject, n.state, n.channel, n.recipient, n.attempts, n.error,
    n.queued_ms, n.sent_ms, n.delivered_ms, n.read_ms, n.service,
    coalesce((SELECT jsonb_agg(jsonb_build_object('number', t.number, 'channel', t.channel,
            'address', t.address, 'at_ms', t.began_ms, 'outcome', t.outcome, 'detail', t.detail,
            'confirmed', t.confirmed, 'content_sha256', t.content_sha256) ORDER BY t.number)
        FROM notice_attempts t WHERE t.notice_id = n.notice_id), '[]') AS tries,
    coalesce((SELECT jsonb_agg(jsonb_build_object('how', v.how, 'at_ms', v.at_ms,
            'received_by', v.received_by, 'officer_id', v.officer_id) ORDER BY v.at_ms)
        FROM notice_services v WHERE v.notice_id = n.notice_id), '[]') AS services
FROM notices n
WHERE n.alert_id = %(alert_id)s AND n.officer_id = ''
ORDER BY n.queued_ms, n.notice_id LIMIT 20;

-- name: triage_page_answers
-- What the party said of an alert, with its files and what it was answered.
SELECT p.answer_id, p.kind, p.words, p.by_name, p.at_ms, p.due_ms, p.late, p.digest,
    r.outcome AS reply, r.words AS reply_words, r.at_ms AS reply_ms,
    coalesce((SELECT jsonb_agg(jsonb_build_object('number', f.number, 'name', f.name,
            'sha256', f.sha256, 'size_bytes', f.size_bytes, 'media_type', f.media_type)
            ORDER BY f.number)
        FROM party_files f WHERE f.answer_id = p.answer_id), '[]') AS files
FROM party_answers p LEFT JOIN party_replies r USING (answer_id)
WHERE p.alert_id = %(alert_id)s ORDER BY p.at_ms, p.answer_id LIMIT 20;

-- name: triage_page_clocks
-- The clocks of an alert, the running ones first.
SELECT clock_id, kind, state, started_ms, due_ms, met_ms, by_whom, ground FROM clocks
WHERE alert_id = %(alert_id)s OR subject_id = %(alert_id)s
ORDER BY state NOT IN ('running', 'paused', 'breached'), due_ms, clock_id LIMIT 20;

-- name: triage_page_looks
-- Who looked at what of an alert, the newest first.
SELECT v.view_id, v.officer_id, o.name_zh, o.name_en, o.role, v.object_name, v.form, v.reason, v.at_ms
FROM access_views v JOIN officers o USING (officer_id)
WHERE v.target_kind = 'alert' AND v.target_id = %(alert_id)s
ORDER BY v.at_ms DESC, v.view_id LIMIT 12;

-- name: triage_page_assignee
SELECT officer_id, name_zh, name_en FROM officers WHERE officer_id = %(officer_id)s;

-- name: triage_page_next
-- The alert that waits after one in the order of the queue, and from the end again at the front. The
-- place is the one that the page showed (rank_ms): a verdict starts and ends clocks, and moves the row.
SELECT alert_id FROM (
    (SELECT a.alert_id, 1 AS turn FROM alerts a
     WHERE a.unit_id = %(unit_id)s AND NOT a.staged AND a.state IN ('open', 'acknowledged')
       AND (a.state = 'open' OR a.assignee IN ('', %(officer_id)s))
       AND (a.rank_ms, a.alert_id)
           > (coalesce(%(at)s::bigint, (SELECT rank_ms FROM alerts WHERE alert_id = %(alert_id)s)),
              %(alert_id)s)
     ORDER BY a.rank_ms, a.alert_id LIMIT 1)
    UNION ALL
    (SELECT a.alert_id, 2 FROM alerts a
     WHERE a.unit_id = %(unit_id)s AND NOT a.staged AND a.state IN ('open', 'acknowledged')
       AND (a.state = 'open' OR a.assignee IN ('', %(officer_id)s))
       AND a.alert_id <> %(alert_id)s
     ORDER BY a.rank_ms, a.alert_id LIMIT 1)) found
ORDER BY turn LIMIT 1;

-- name: triage_stood_before
-- findings of a rule at a party that were confirmed, or were real and put right
SELECT count(*) AS n FROM alerts a
WHERE a.party_id = %(party_id)s AND a.rule_id = %(rule_id)s AND a.alert_id <> %(alert_id)s
    AND a.detected_ms >= %(since_ms)s AND a.detected_ms <= %(until_ms)s AND NOT a.staged
    AND a.state IN ('confirmed', 'dismissed') AND (a.state = 'confirmed' OR EXISTS (
        SELECT FROM alert_events e WHERE e.alert_id = a.alert_id AND e.action = 'dismissed'
            AND e.reason_code IN ('corrected_on_the_spot', 'corrected_when_reminded',
                'minor_first_time')))
