"""The parts of the fox of `examples.character`."""
