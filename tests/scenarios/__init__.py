"""Stories through the real bot: real Bolt, real SQLite, real DNS packets, a simulated Slack."""
