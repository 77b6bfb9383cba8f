"""Settings that people change while Mirage runs: what there is to set, how it is kept, and what a file would change."""
