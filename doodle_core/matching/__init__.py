"""What became what between two neighbouring keys."""
