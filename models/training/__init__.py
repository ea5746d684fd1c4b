"""How the bundled weights are made. The only place that imports ultralytics (AGPL-3.0) or torch."""
