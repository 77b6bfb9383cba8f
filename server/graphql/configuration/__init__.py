"""What people set while Mirage runs, and every version of it."""
