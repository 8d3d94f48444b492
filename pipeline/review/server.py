"""Server: the site on loopback, with what writes. The one importer of tornado."""
