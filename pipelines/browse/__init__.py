"""Owns what people browse of pictures: blurred copies that say so. Never opens a seal."""
