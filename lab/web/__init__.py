"""What the lab serves over HTTP: sites, pages, icons, and the server that carries them."""
