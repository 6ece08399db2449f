"""Formats: datasets, tables and profiles in and out of files."""
