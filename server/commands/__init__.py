"""What the `mirage` command does; `server.cli` names the commands and their options."""
