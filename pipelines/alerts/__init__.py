"""From signals to alerts: one per place, rule and spell."""
