"""BBOT's JSON lines: what a scan of that tool found."""
