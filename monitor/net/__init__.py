"""The one guarded, polite way out to the web."""
