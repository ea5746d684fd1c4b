"""Who is supervised, where, by which devices, and on what papers."""
