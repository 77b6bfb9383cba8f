"""WHOIS over port 43: registrations of domains whose registry has no RDAP, or in its own words."""
