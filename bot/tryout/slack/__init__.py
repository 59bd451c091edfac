"""A simulated Slack that knows nothing of us: it imports nothing but its own package."""
