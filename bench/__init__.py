"""Measures of the product, each beside its reference in the same run: `python -m bench`, see docs/benchmarks.md."""
