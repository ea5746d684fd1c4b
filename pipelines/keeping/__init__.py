"""Keeping and letting go: how long, who holds it, how it goes, and where its copy lies."""
