"""From a live Keras model to a record of what it computes. Importing it imports no backend."""
