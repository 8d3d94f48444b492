"""Tables: how the log of traffic is laid out, in every database."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS predictions (
        id TEXT PRIMARY KEY, at {real} NOT NULL, model TEXT NOT NULL, version {whole} NOT NULL, bundle TEXT NOT NULL,
        key TEXT, inputs TEXT NOT NULL, output TEXT NOT NULL, latency_s {real} NOT NULL,
        arm TEXT NOT NULL DEFAULT 'champion'
    ) {strict}""",
    "CREATE INDEX IF NOT EXISTS predictions_at ON predictions (at, id)",
    """CREATE TABLE IF NOT EXISTS labels (
        number {counted} PRIMARY KEY, prediction TEXT NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
        at {real} NOT NULL, label TEXT NOT NULL
    ) {strict}""",
    "CREATE INDEX IF NOT EXISTS labels_of ON labels (prediction, number)",
    "CREATE INDEX IF NOT EXISTS labels_at ON labels (at, number)",
    """CREATE TABLE IF NOT EXISTS shadows (
        prediction TEXT NOT NULL REFERENCES predictions (id) ON DELETE CASCADE, trial TEXT NOT NULL,
        version {whole} NOT NULL, output TEXT NOT NULL, latency_s {real} NOT NULL, PRIMARY KEY (prediction, trial)
    ) {strict}""",
    """CREATE TABLE IF NOT EXISTS requests (
        minute {whole} NOT NULL, route TEXT NOT NULL, status {whole} NOT NULL, version {whole} NOT NULL,
        count {whole} NOT NULL, seconds {real} NOT NULL, slowest_s {real} NOT NULL,
        PRIMARY KEY (minute, route, status, version)
    ) {strict}""",
)


def made(*, real: str, whole: str, counted: str, strict: str = "") -> list[str]:
    """Return the statements that make what is missing, with a database's own names of types.

    Parameters
    ----------
    real, whole
        A number of double precision; a whole number.
    counted
        A whole number that counts up by itself.
    strict
        What makes the database hold to the types.
    """
    return [table.format(real=real, whole=whole, counted=counted, strict=strict) for table in _TABLES]
