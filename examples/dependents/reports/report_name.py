"""Names of report files."""

from tidy_slug import slug


def report_name(client, month):
    return f"{slug(client)}-{month}.pdf"
