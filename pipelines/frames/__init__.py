"""From a camera's frames to what was seen, and signals."""
