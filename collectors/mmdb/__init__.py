"""MaxMind DB files that the operator has: where addresses are, and whose."""
