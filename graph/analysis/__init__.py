"""What follows from the shape of the graph. Pure: what is needed of the graph is given."""
