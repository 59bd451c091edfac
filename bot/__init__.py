"""A Slack bot for email sending domains, from ``add`` to ``you may send now``."""
