"""Who may see what: one table of roles, requests and approvals, and the door to the pictures."""
