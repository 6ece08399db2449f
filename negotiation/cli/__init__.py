"""The command line: typer commands without logic."""
