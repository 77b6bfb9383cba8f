"""Telling people and other systems: mail of the installation, and the channels of organizations."""
