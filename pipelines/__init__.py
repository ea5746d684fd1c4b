"""What happens between an input and a case: gateways, agents, alerts, evidence, cases, scores."""
