"""Packing: a bundle and its model in one folder or at one URL, so that they answer far from their project."""

import json
from pathlib import Path

from pipeline.errors import ModelError, SettingsError
from pipeline.serving import bundle, terms
from pipeline.serving.bundle import Manifest
from pipeline.serving.predictor import Predictor
from pipeline.serving.terms import Terms
from pipeline.store import places
from pipeline.store.objects import Store, open_store
from pipeline.store.places import Place

_NAME, _TERMS = "bundle.json", "serve.json"


def pack(manifest: Manifest, store: Store, place: str, agreed: Terms | None = None) -> str:
    """Copy a bundle and its model to a place; packing it again changes nothing, packing another lets that one answer.

    Parameters
    ----------
    store
        Where the model is.
    place
        A folder, made where it is missing, or any fsspec URL.
    agreed
        What holds wherever it is served from there, but for where its log is; None: what settings say there.

    Returns
    -------
        The place as it may be shown.

    Raises
    ------
    StoreError
        If the model is not in the store or was changed, or the place cannot be written.
    """
    target = places.place(place, Path())
    for digest in filter(None, (manifest.model_digest, manifest.compilation.digest)):
        _store(target).put(store.get(digest))
    if agreed is not None:
        target.put(_TERMS, agreed.model_dump_json(exclude={"traffic"}).encode())
    target.put(_NAME, bundle.dump(manifest))  # last: whoever finds it finds its model
    return target.shown


def load(place: str) -> Predictor:
    """Load what was packed at a place; it proves itself as it is loaded.

    Raises
    ------
    ModelError
        If nothing was packed there, it was changed, or it does not reproduce its golden rows.
    StoreError, ScrapError
        If the place cannot be read, or its model is missing, was changed, or cannot be loaded.
    """
    return Predictor(read(place), _store(places.place(place, Path())))


def read(place: str) -> Manifest:
    """Read the bundle that was packed at a place, without its model.

    Raises
    ------
    ModelError
        If nothing was packed there, or it was changed.
    StoreError
        If the place cannot be read.
    """
    source = places.place(place, Path())
    if (data := source.get(_NAME)) is None:
        raise ModelError(f"there is no bundle at {source.shown}: `pipeline pack` puts one there.")
    return bundle.parse(data, f"{source.shown}/{_NAME}")


def agreed(place: str) -> Terms | None:
    """Read on which terms the version at a place is served; None where none were packed.

    Raises
    ------
    ModelError
        If they were changed so that they are none.
    StoreError
        If the place cannot be read.
    """
    source = places.place(place, Path())
    if (data := source.get(_TERMS)) is None:
        return None
    try:
        return terms.read(json.loads(data))
    except (ValueError, SettingsError) as error:
        raise ModelError(f"{source.shown}/{_TERMS} does not read as terms: {error} Pack the version again.") from error


def _store(place: Place) -> Store:
    return open_store(place.url if "://" in place.url else place.path)
