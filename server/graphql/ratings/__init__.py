"""How much assets matter, by what people say of them."""
