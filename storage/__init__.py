"""Where state lives: migrations, and one file per storage engine."""
