"""Keeping and letting go: how long what is kept, by whom it is held, how it goes, where its copy is."""
