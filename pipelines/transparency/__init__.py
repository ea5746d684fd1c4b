"""The transparency log: what happened is a leaf of a Merkle tree whose root others keep."""
