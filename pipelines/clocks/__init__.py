"""Clocks: time limits as data, what runs for whom, and the ledger of steps not taken."""
