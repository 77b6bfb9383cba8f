"""What the `mirage` command does, a module for each command; `server.cli` names them and their options."""
