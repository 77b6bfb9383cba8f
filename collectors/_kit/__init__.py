"""What every collector stands on: the form of a collector, its manifest, the runner and the one way out."""
