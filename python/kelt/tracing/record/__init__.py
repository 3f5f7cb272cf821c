"""The record of a model, and its way into the core."""
