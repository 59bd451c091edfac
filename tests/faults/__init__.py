"""Nothing lost, nothing twice: proved by breaking it."""
