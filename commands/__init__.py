"""A file in this folder is a command; there is nothing else to register."""
