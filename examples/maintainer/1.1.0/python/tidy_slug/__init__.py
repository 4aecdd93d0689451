"""Titles to URL slugs."""

import re
import unicodedata


def slug(title, longest=None):
    """`Hello, world` becomes `hello-world`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    whole = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return whole if longest is None or len(whole) <= longest else whole[:longest].rsplit("-", 1)[0]
