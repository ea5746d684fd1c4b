"""The verifier that leaves the house in every package. It must not import anything of Vigil."""
