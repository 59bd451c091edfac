"""What can be wrong with records in DNS: one table of mistakes and how each is recognised."""
