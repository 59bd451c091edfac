"""The one file that must survive."""
