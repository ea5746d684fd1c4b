"""From a gateway's bytes to stored readings and signals."""
