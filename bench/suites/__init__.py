"""Keras' own tests as oracles: what they call is exported, and the file is compared with what the call gives."""
