"""Boxes, depths and masks of images."""

from __future__ import annotations

CASES: dict = {}
