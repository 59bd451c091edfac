"""The machine room: tasks, pools, scheduler, HTTP server, counters, log. Free of Slack and of domains."""
