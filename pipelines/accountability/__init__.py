"""Responsibility for enforcement: who did what, leads on faults, fault files, proof of diligence.

Nothing here decides about anybody. It gathers facts, cites articles of 卫生健康行政执法责任制规定,
and proposes; every outcome is a person's recorded decision.
"""
