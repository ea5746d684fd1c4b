"""Owns rendered tampers over real footage: views, light and weather, acts, and a peer to beat."""
