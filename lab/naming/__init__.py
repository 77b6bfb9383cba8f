"""The lab's names: zones, the servers that hold them, and resolvers."""
