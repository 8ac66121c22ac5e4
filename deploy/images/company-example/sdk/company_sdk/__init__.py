"""A team's SDK: here the Python side of its feature library."""
import ctypes

_library = ctypes.CDLL("libcompany_features.so")
_library.company_row_of.restype = ctypes.c_uint32
_library.company_row_of.argtypes = [ctypes.c_char_p, ctypes.c_uint32]


def row_of(name: str, rows: int) -> int:
    """The row of an embedding table that a raw id falls into."""
    if rows <= 0:
        raise ValueError(f"rows={rows}: a table has at least one row")
    return _library.company_row_of(name.encode(), rows)
