"""crt.sh: search in the logs of certificate transparency."""
