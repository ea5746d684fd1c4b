"""Whether sealed evidence is good enough, by figures and by two people's signed reviews."""
