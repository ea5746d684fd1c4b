"""Tells the supervised party what was found, and keeps trying until it was told."""
