"""Branches and loops: nodes that hold functions."""
