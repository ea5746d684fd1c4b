"""Where the outside comes in, one adapter each."""
