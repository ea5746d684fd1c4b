"""Whether what was read or seen breaks a rule: pure functions and the rule catalogue as data."""
