"""Streaming figures that warn before a limit is broken: pure, no clock, no catalogue.

Each takes cells (means over a fixed grid of time), so how readings were cut into calls changes
nothing.
"""
