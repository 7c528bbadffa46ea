"""Reading data sets; the room is `potluck.data`."""

from ..data.datasets import Dataset, catalogue, load_dataset

__all__ = ["Dataset", "catalogue", "load_dataset"]
