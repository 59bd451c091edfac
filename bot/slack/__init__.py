"""All of Slack: what comes in, what goes out, who we are there, and the app's manifest."""
