"""The record of what was done: events that are only ever added, each bound to the one before."""
