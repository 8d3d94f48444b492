"""Packing: a bundle and its model in one folder or at one URL, so that they answer far from their project."""

import fsspec

from pipeline.errors import ModelError, StoreError
from pipeline.serving import bundle
from pipeline.serving.bundle import Manifest
from pipeline.serving.predictor import Predictor
from pipeline.store import urls
from pipeline.store.objects import Store, open_store

_NAME = "bundle.json"


def pack(manifest: Manifest, store: Store, place: str) -> None:
    """Copy a bundle and its model to a place; packing it again changes nothing.

    Parameters
    ----------
    store
        Where the model is.
    place
        A folder, made where it is missing, or any fsspec URL.

    Raises
    ------
    StoreError
        If the model is not in the store or was changed, or the place cannot be written.
    """
    open_store(place).put(store.get(manifest.model_digest))
    try:
        with fsspec.open(_file(place), "wb", auto_mkdir=True) as file:
            file.write(bundle.dump(manifest))
    except OSError as error:
        raise StoreError(f"cannot write {urls.public(place)}: {error}. Make it writable.") from error


def load(place: str) -> Predictor:
    """Load what was packed at a place; it proves itself as it is loaded.

    Raises
    ------
    ModelError
        If nothing was packed there, it was changed, or it does not reproduce its golden rows.
    StoreError, ScrapError
        If its model is missing, was changed, or cannot be loaded.
    """
    return Predictor(read(place), open_store(place))


def read(place: str) -> Manifest:
    """Read the bundle that was packed at a place, without its model.

    Raises
    ------
    ModelError
        If nothing was packed there, or it was changed.
    StoreError
        If the place cannot be read.
    """
    where = urls.public(place)
    try:
        with fsspec.open(_file(place), "rb") as file:
            data = file.read()
    except FileNotFoundError as error:
        raise ModelError(f"there is no bundle at {where}: `pipeline deploy` packs one.") from error
    except OSError as error:
        raise StoreError(f"cannot read {where}: {error}.") from error
    return bundle.parse(data, where)


def _file(place: str) -> str:
    return f"{place.rstrip('/')}/{_NAME}"
