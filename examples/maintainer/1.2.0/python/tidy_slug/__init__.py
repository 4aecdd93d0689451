"""Titles to URL slugs."""

import re
import unicodedata  # noqa: F401


def slug(title, longest=None, separator="-"):
    """`Hello, world` becomes `hello-world`."""
    plain = title.encode("ascii", "ignore").decode()  # The buggy line: accented letters vanish.
    words = re.findall(r"[a-z0-9]+", plain.lower())
    while longest is not None and len(words) > 1 and len(separator.join(words)) > longest:
        words.pop()
    return separator.join(words)
