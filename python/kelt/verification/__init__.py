"""Whether a file computes what its model computes."""
