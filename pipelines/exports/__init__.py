"""Files for those who use Vigil's results and do not sit at its screens."""
