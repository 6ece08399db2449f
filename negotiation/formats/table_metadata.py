"""What a table of a sweep means, as a document beside it: ``a.csv-metadata.json`` for ``a.csv``.

That is where the W3C recommendation *Metadata Vocabulary for Tabular Data* (CSVW, 2015) looks for
the description of a table; readers of plain CSV never see it. Of that vocabulary the document has
the columns with titles, datatypes, descriptions and units (``dc:description``,
``schema:unitText``). The attributes of the sweep stand under names of our own, ``urn:negotiation:``
and the name, each as text, for other names are reserved there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import xarray

__all__ = ["OWN", "metadata_path", "table_metadata"]

OWN = "urn:negotiation:"
"""Begins the names of what CSVW has no name for."""
TEXT, WHOLE, NUMBER = "string", "integer", "double"


def metadata_path(table: Path) -> Path:
    """Return where the description of a table is looked for."""
    return table.with_name(f"{table.name}-metadata.json")


def table_metadata(dataset: xarray.Dataset, header: list[str], name: str) -> str:
    """Return the description of the table of a sweep, a JSON text.

    Parameters
    ----------
    dataset : xarray.Dataset
    header : list of str
        The titles of the columns, as :func:`negotiation.formats.datasets.dataset_rows` has them.
    name : str
        Of the file of the table.
    """
    document = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": quote(name, safe=""),
        "dc:title": str(dataset.attrs["title"]),
        "tableSchema": {"columns": [_column(dataset, title) for title in header]},
        **{f"{OWN}{key}": str(value) for key, value in dataset.attrs.items()},
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _column(dataset: xarray.Dataset, title: str) -> dict[str, Any]:
    """Return the description of a column."""
    datatype, description, unit = _meaning(dataset, title)
    found = {"name": _name(title), "titles": title, "datatype": datatype}
    if description:
        found["dc:description"] = description
    if unit:
        found["schema:unitText"] = unit
    return found


def _meaning(dataset: xarray.Dataset, title: str) -> tuple[str, str, str]:
    """Return datatype, description and unit of a column."""
    if title == "equilibrium":
        return WHOLE, "number of the outcome at the point, from 0; empty where there is none", ""
    if title == "regime":
        return TEXT, "regimes of all outcomes of the point; empty where there are none", ""
    if title == "point":
        return WHOLE, "number of the drawn point, from 0", ""
    if title in dataset.variables:
        variable = dataset[title]
        kind = {"f": NUMBER, "i": WHOLE, "u": WHOLE}.get(variable.dtype.kind, TEXT)
        about = str(variable.attrs.get("long_name", ""))
        described = about if kind != TEXT else "action at which the move is fixed"
        return kind, described, str(variable.attrs.get("units", ""))
    name, _, player = title.removesuffix("]").partition("[")
    attributes = dataset[name].attrs
    return NUMBER, f"{attributes['long_name']}, of {player}", str(attributes["units"])


def _name(title: str) -> str:
    """Return a title as the name of a variable of a URI template, in which brackets are escaped."""
    escaped = quote(title, safe="")
    for character in "-.~":
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped
