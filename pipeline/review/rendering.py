"""Rendering: an executed notebook as HTML that is safe to show. The one importer of nbconvert."""
