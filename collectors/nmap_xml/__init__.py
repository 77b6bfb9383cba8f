"""nmap's XML output: hosts, open ports and what runs on them."""
