"""Tracking: who is who, and going on from a stored state."""
