"""Lives of domains at random: what must hold whatever happens, in whatever order."""
