"""Pins what shows a breach, seals it with a signature and a chained log, and can prove it later."""
