"""Synthetic doodles with known motion, and the training of the autoencoders that ship in `weights/`."""
