"""The roles: one module each, with a `main()` that wires it."""
