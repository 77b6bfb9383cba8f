"""Entity resolution."""
