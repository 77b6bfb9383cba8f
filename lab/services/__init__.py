"""The lab's servers that are not DNS or HTTP: mail, shells, files, databases, whois."""
