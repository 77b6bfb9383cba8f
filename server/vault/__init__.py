"""Secrets at rest: sealed under named versions of a master key, opened only where they are used."""
