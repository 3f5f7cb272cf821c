"""Layers whose code is not followed as it stands."""
