"""Groups of rows, a module each."""
