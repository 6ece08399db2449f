"""Models: what the author wrote, and how it is read, checked, written and given values."""
