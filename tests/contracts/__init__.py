"""What every adapter of a port must do; one file for each port, run against every adapter."""
