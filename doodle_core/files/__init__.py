"""Files in and out: reading within bounds, and the vector animations that a film can be written as."""
