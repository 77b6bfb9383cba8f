"""The compiled way of answering: reads of collected entities as one statement a root field, without resolvers."""

from server.graphql.compiled.operations import Bound, Compiler, Operation

__all__ = ["Bound", "Compiler", "Operation"]
