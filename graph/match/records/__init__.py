"""Matching records of any fields, without training: what agrees is weighed by how rare it is in the records themselves.

`resolve.link` finds the pairs of two tables of which each has a thing once at most, `resolve.deduplicate` the groups
within one table. Nothing is known of the fields but their names and values. Steps: columns get kinds (`columns`),
a blocker brings alike records together (`candidates`), each pair of values gets a level of agreement (`levels`), what
each level tells is learnt from the candidates themselves (`evidence`, Fellegi and Sunter by expectation maximization),
and a cut is chosen from the scores alone (`cutting`).
"""
