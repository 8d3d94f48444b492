"""Signing: OpenSSH signatures, by keys that people and CI services have already. The one user of ssh-keygen."""

import subprocess
import tempfile
from pathlib import Path

from pipeline.errors import GateError, UsageError

NAMESPACE = "stagebook"
"""What a signature is for: one that was made for a commit or a mail is none of an approval."""


def sign(data: bytes, key: Path) -> str:
    """Sign with a private key; with a public one where its private half is in an agent.

    Raises
    ------
    UsageError
        If there is no such key, it has a passphrase that nobody is there to type, or OpenSSH is not installed.
    """
    if not key.is_file():
        raise UsageError(f"there is no key {key} to sign with. Make one: ssh-keygen -t ed25519 -f {key}")
    done = _ssh_keygen("sign", "-n", NAMESPACE, "-f", str(key), data=data)
    if done.returncode:
        raise UsageError(f"cannot sign with {key}: {_said(done)}. Give another key, or one that an agent holds.")
    return done.stdout.decode()


def signer(data: bytes, signature: str, signers: Path) -> str:
    """Return who signed, as the list of those who may calls them.

    Parameters
    ----------
    signers
        In the form of OpenSSH's `allowed_signers`: a name (an address), perhaps `valid-before=...`, and a public key
        a line.

    Raises
    ------
    GateError
        If the signature is by nobody on the list, or of another text.
    UsageError
        If there is no such list, or OpenSSH is not installed.
    """
    if not signers.is_file():
        raise UsageError(f"there is no list of signers {signers}. Write `NAME PUBLIC-KEY` for each who may sign.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signature"
        path.write_text(signature)
        given = ("-f", str(signers), "-s", str(path))
        found = _ssh_keygen("find-principals", *given, data=data)
        names = found.stdout.decode().split("\n")
        if found.returncode or not names[0]:
            raise GateError(f"nobody in {signers} has the key that signed it")
        done = _ssh_keygen("verify", *given, "-n", NAMESPACE, "-I", names[0], data=data)
    if done.returncode:
        raise GateError(f"the signature does not fit: {_said(done)}")
    return names[0]


def _ssh_keygen(action: str, *arguments: str, data: bytes) -> "subprocess.CompletedProcess[bytes]":
    words = ["ssh-keygen", "-Y", action, *arguments]
    try:
        return subprocess.run(words, input=data, capture_output=True, check=False, timeout=60)  # noqa: S603 - fixed words
    except FileNotFoundError as error:
        raise UsageError("approvals are signed and checked with ssh-keygen. Install OpenSSH.") from error


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"ssh-keygen ended with {done.returncode}"
