"""Pictures: as few bytes as show the same. The one importer of pillow."""
