"""What talks to people and to queues."""
