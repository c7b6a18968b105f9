"""Follows a news story from an example: polls feeds, judges each article against a seed, tells what is new."""

__version__ = "0.4.0"
