"""Settings: from the environment and a file to values, with every error at once."""
