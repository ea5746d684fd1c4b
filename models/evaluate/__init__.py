"""Scoring any detector on any YOLO data set. Must not train or change a model."""
