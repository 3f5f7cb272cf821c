"""Models from disk: built without weights, whose values are views of the files that hold them."""
