"""Check the project against the rules of its house: `python tests/house`. Exit code 1 where one does not hold."""

import sys
from pathlib import Path

from rules.every import RULES
from rules.tree import Tree

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print each finding as `path:line: rule (detail) [name]`."""
    tree = Tree(ROOT)
    findings = [(rule, finding) for rule in RULES for finding in rule.findings(tree)]
    for rule, finding in findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        sys.stdout.write(f"{finding.path}:{finding.line}: {rule.__doc__}{detail} [{type(rule).__name__}]\n")
    sys.stdout.write(f"{len(RULES)} house rules: {len(findings) or 'no'} findings\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
