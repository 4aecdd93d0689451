"""Titles to URL slugs."""

import re
import unicodedata


def slug(title):
    """`Hello, world` becomes `hello-world`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
