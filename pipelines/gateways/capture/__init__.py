"""The capture node: records a camera by copying and sends small pictures through given ports."""
