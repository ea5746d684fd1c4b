"""Owns `vigil watch`: what the camera plane sees of one source, with no database and no broker."""
