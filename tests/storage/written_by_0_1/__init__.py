"""Databases that version 0.1 wrote, and the script they came from."""
