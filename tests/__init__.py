"""Tests mirror the code; ``contracts`` hold every adapter of a port to the same promises."""
