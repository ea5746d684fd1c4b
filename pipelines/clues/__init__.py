"""Clues of the provincial platform: taken in, receipted, dealt with before a clock, answered."""
