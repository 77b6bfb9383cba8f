"""Plain lists of indicators: addresses, names, URLs, digests, as people exchange them."""
