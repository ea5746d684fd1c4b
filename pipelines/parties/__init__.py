"""The supervised party's side: its private links, what it sees, what it answers."""
