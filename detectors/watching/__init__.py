"""Owns what vision rules share: zones, spells and a camera's state. Must not hold rules."""
