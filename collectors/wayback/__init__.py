"""The Internet Archive's Wayback Machine: which addresses of a site were ever kept."""
