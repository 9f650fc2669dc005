"""Ink back to the strokes of a pen."""
