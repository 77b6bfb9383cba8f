"""One file a protocol: it sends a request as bytes and reads the bytes that come back.

Whether and how often it may be sent is decided before, in `egress`.
"""
