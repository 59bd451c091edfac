"""Genesys Cloud: a simulator that behaves, held to the vendor's contract, and the stories told against it."""
