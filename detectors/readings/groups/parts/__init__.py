"""What rules over groups are built from. Holds no rule."""
