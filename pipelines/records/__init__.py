"""The audio-visual record of law enforcement: what officers recorded, and whether it is whole."""
