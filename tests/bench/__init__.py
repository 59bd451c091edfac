"""Budgets, measured as ratios to a bare Bolt app in the same run. ``make bench``; see docs/performance.md."""
