"""Contenders of the bench, one a file."""
