"""Packing: a bundle and its model in one folder or at one URL, so that they answer far from their project."""

from pathlib import Path

from pipeline.errors import ModelError
from pipeline.serving import bundle
from pipeline.serving.bundle import Manifest
from pipeline.serving.predictor import Predictor
from pipeline.store import places
from pipeline.store.objects import Store, open_store
from pipeline.store.places import Place

_NAME = "bundle.json"


def pack(manifest: Manifest, store: Store, place: str) -> str:
    """Copy a bundle and its model to a place; packing it again changes nothing, packing another lets that one answer.

    Parameters
    ----------
    store
        Where the model is.
    place
        A folder, made where it is missing, or any fsspec URL.

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


def _store(place: Place) -> Store:
    return open_store(place.url if "://" in place.url else place.path)
