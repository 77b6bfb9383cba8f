"""What the parts of the benchmark share: figures, servers, processes, clients. Measures nothing by itself."""
