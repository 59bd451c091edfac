"""Messages: sent once, looked for where it is unclear, kept equal to what they should show."""
