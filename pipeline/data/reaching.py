"""Owns what it takes to reach a source: the extra that reads it, and where credentials are looked for."""

from pathlib import PurePosixPath

from pipeline.data import addresses

_EXTRAS = {
    **dict.fromkeys(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "http", "https"), "cloud"),
    **dict.fromkeys(("duckdb", "postgresql", "postgres", "sqlite"), "sql"),
}
_AMAZON = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of the AWS command"
_GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`"
_AZURE = "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY"
_CREDENTIALS = {
    **dict.fromkeys(("s3", "s3a"), _AMAZON),
    **dict.fromkeys(("gs", "gcs"), _GOOGLE),
    **dict.fromkeys(("az", "abfs", "abfss"), _AZURE),
}


def extra_of(address: str) -> str:
    """Name the extra that reads what is at an address; empty where none is needed.

    >>> extra_of("gs://rows/rows.csv"), extra_of("rows.xlsx"), extra_of("rows.csv")
    ('cloud', 'excel', '')
    """
    suffix = PurePosixPath(address.partition("?")[0]).suffix.lower()
    return _EXTRAS.get(addresses.scheme_of(address), "excel" if suffix in {".xlsx", ".xlsm"} else "")


def credentials(address: str) -> str:
    """Say where the credentials for an address are looked for."""
    found = _CREDENTIALS.get(addresses.scheme_of(address))
    return f", and who asks: {found}" if found else ""
