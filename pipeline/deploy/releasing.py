"""Releasing: a version is packed, built for a target, proven there, and let answer."""

from pipeline.deploy import records
from pipeline.deploy.target import Build, Deployment, Home, Packed, Target
from pipeline.serving import packing
from pipeline.serving.bundle import Manifest
from pipeline.store.objects import project_store


def build(target: Target, home: Home, manifest: Manifest) -> Build:
    """Pack a version, which may be released, and make of it what a target releases.

    Raises
    ------
    SettingsError
        If `[tool.pipeline.serve]` is wrong.
    ModelError
        If what was made does not answer as the version must.
    DeployError
        If it cannot be made.
    """
    place = home.packed(manifest.version, manifest.digest)
    packing.pack(manifest, project_store(), str(place), home.terms)
    return target.build(Packed(place=str(place), reference=packing.load(str(place))))


def deploy(target: Target, home: Home, manifest: Manifest) -> Deployment:
    """Build a version and release it.

    Raises
    ------
    ModelError
        As in `build`.
    DeployError
        If it cannot be made, or does not come up.
    """
    return release(target, home, build(target, home, manifest))


def release(target: Target, home: Home, built: Build) -> Deployment:
    """Release what was built, and keep a record of it.

    Raises
    ------
    DeployError
        If it does not come up.
    """
    found = target.release(built)
    records.write(home.folder, found)
    return found


def withdraw(target: Target, home: Home) -> Deployment:
    """Let what was released answer no more, and keep a record of it.

    Raises
    ------
    DeployError
        If there is nothing to withdraw.
    """
    gone = target.withdraw()
    records.write(home.folder, gone)
    return gone
