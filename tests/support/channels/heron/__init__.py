"""Channels that behave well and badly."""
