"""Symbolic dims: which there are, and how they go through a model."""
