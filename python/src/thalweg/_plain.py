"""Arrow's many forms of a type as the one that servers and Arrow's own functions all take. Internal."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import errors


def kind_of(kind: pa.DataType) -> pa.DataType:
    """The plain form of a type: without views, dictionaries, run ends and small decimals."""
    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return kind_of(kind.value_type)
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_decimal(kind) and kind.bit_width < 128:
        return pa.decimal128(kind.precision, kind.scale)
    if pa.types.is_map(kind):
        return pa.map_(kind_of(kind.key_type), kind.item_field.with_type(kind_of(kind.item_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(kind_of(field.type)) for field in kind])
    if pa.types.is_nested(kind) and hasattr(kind, "value_field"):
        return _list_of(kind, kind.value_field.with_type(kind_of(kind.value_type)))
    return kind


def _list_of(kind: pa.DataType, item: pa.Field) -> pa.DataType:
    if item.type == kind.value_type:
        return kind
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(item, kind.list_size)
    return pa.large_list(item) if pa.types.is_large_list(kind) else pa.list_(item)


def batch(given: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows in plain types."""
    kinds = [kind_of(field.type) for field in given.schema]
    if kinds == given.schema.types:
        return given
    names = given.schema.names
    columns = [array(name, column, kind) for name, column, kind in zip(names, given.columns, kinds)]
    return pa.RecordBatch.from_arrays(columns, names=names)


def array(name: str, given: pa.Array, kind: pa.DataType) -> pa.Array:
    """The same values in the plain type ``kind``."""
    try:
        if pa.types.is_run_end_encoded(given.type):
            given = pc.run_end_decode(given)
        if pa.types.is_dictionary(given.type) and kind_of(given.type.value_type) != given.type.value_type:
            # Arrow cannot take from views: their dictionary is made plain first.
            values = array(name, given.dictionary, kind)
            given = pa.DictionaryArray.from_arrays(given.indices, values)
        if given.type != kind and pa.types.is_list_view(given.type):
            given = _listed(given)
        return given if given.type == kind else given.cast(kind)
    except pa.ArrowException as misfit:
        raise errors.error(
            "SCHEMA_MISMATCH", f"column '{name}' is {given.type} in Arrow: {misfit}; cast it first"
        ) from misfit


def _listed(given: pa.Array) -> pa.Array:
    """Lists whose items follow each other: Arrow's own cast makes too few offsets."""
    gaps = np.asarray(given.is_null())
    sizes = np.where(gaps, 0, np.asarray(given.sizes)[: len(given)])
    offsets = pa.array(np.append(0, np.cumsum(sizes)), pa.int32(), mask=np.append(gaps, False))
    return pa.ListArray.from_arrays(offsets, given.flatten())
