"""The functions of `keras.ops`, and the rules by which a call of one is recorded."""
