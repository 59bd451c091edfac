"""A Slack for newcomers and for tests: a strict server of what the bot uses, and a page to look at it."""
