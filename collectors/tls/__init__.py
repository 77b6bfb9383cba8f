"""Transport Layer Security: what a service shows to whoever shakes hands with it."""
