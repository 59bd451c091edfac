"""What every port promises: one file per port, run against every adapter."""
