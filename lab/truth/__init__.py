"""The truth of the lab: what a perfect scan finds and which findings the rules must raise.

It follows from the company file alone; no server and no collector is asked. Entities and
relationships are given by their keys, so that a test compares plain sets.
"""

from lab.truth.facts import Edge, Facts, Node, Oracle
from lab.truth.scan import Truth

__all__ = ["Edge", "Facts", "Node", "Oracle", "Truth"]
