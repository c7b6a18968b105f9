"""What the command line and, later, the dashboard both do."""
