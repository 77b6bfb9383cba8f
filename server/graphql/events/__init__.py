"""What happens, followed live: the event stream, and the subscription fields that read from it."""
