"""The demo: an invented authority, a synthetic day of readings, and the main job run over them."""
