"""Doodle Bridge's core: doodles to latent keys, keys to drawings in between. Numpy in, numpy out; no Blender."""

__version__ = "0.1.0"
