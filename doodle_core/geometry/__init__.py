"""Kernels on points, polylines and outlines: numpy in, numpy out."""
