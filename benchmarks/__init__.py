"""Measurements of speed and memory, run by `make bench`; what they found last stands in the Markdown files beside."""
