"""The Hypertext Transfer Protocol: what sites serve, and what their pages show."""
