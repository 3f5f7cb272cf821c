"""The `kelt` command: what needs Keras is done here, everything else by the executable of the core."""
