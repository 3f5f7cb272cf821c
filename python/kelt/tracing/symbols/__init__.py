"""The symbolic tensors that a model is run on."""
