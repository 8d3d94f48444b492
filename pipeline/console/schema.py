"""Schema: what changed in the rules of a table."""


def difference(path: str, changed: str, *, written: bool) -> None:
    """Print what changes in the file of rules, and what became of it."""
    if not changed:
        print(f"{path}: every rule holds; nothing to change")
        return
    print(changed, end="")
    print(f"wrote {path}: read it, and keep it in git" if written else f"{path} is left as it is")
