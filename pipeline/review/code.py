"""Code: how the cells of two notebooks differ. The one importer of nbdime."""
