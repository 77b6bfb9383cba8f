"""The fault matrix as a program: breaks what Mirage stands on at random moments, and counts what was lost or doubled.

It measures nothing but how long recovery takes; how fast anything is, the other parts of `bench` tell.
"""
