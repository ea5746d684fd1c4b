"""Reference case system: a stand-in for the authority's own that speaks the published contract.

It knows nothing of Vigil's rooms; all it shares with them is the contract and a secret.
"""
