-- depends: 0118.alert_life 0120.queue
-- What the page of one alert asks for: the site's year, past alerts of the rule, its own scores.
CREATE INDEX alerts_page_site ON alerts (site_id, detected_ms) INCLUDE (state) WHERE NOT staged;
CREATE INDEX alerts_page_decided ON alerts (unit_id, rule_id, detected_ms DESC)
    INCLUDE (site_id, state, alert_id)
    WHERE state IN ('confirmed', 'dismissed') AND NOT staged;
CREATE INDEX alerts_page_party ON alerts (party_id, rule_id, detected_ms)
    WHERE state IN ('confirmed', 'dismissed') AND NOT staged;
CREATE INDEX alerts_page_device ON alerts (device_id) WHERE state IN ('open', 'acknowledged', 'reminded')
    AND NOT staged;
CREATE INDEX risk_scores_alert ON risk_scores (alert_id, time DESC);
