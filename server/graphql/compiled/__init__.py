"""The compiled way of answering: operations on collected entities as one statement a root field, without resolvers."""

from server.graphql.compiled.operations import Compiler, Operation

__all__ = ["Compiler", "Operation"]
