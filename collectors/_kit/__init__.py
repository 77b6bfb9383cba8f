"""What every collector stands on: its form, its manifest, the runner and the one way out."""
