"""Pages: the site's pages from templates. The one importer of jinja2."""
