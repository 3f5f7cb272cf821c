"""Runs a record again from itself alone, on the live backend."""
