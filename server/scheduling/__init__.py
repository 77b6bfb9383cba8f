"""Scans that are started by the clock, and what a scan needs before anybody starts it."""
