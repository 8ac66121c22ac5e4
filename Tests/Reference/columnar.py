"""Small Parquet and NumPy files as pyarrow and numpy write them, and what they hold.

usage: python columnar.py   writes into the folder columnar/ beside itself

  types.parquet              a column a type, with missing values, row groups of 5, 5 and 2 rows
  types.json                 {column: {kind, list, nullable, values}}; whole numbers as text, a missing value is null
  none|snappy|gzip|zstd|brotli|lz4.parquet   the same few columns (id int64, text string, price float) by each codec
  codecs.json                {id, text, price}
  struct.parquet             id, and a struct, which cannot be read
  spill.parquet              text whose dictionary grows too large in the middle of a row group; row i is "text<i>", 3,000 rows
  dense.npy sparse.npy labels.npy   7 rows of DLRM's layout: float32 [7, 3], int32 [7, 2], int32 [7, 1]
  half.npy                          dense as float16
  fortran.npy bigendian.npy structured.npy cube.npy   what may not stand for one of them
"""
import datetime
import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).with_suffix("")
folder.mkdir(exist_ok=True)
rows = 12


def every(step, values):
    """The values, each `step`-th of them missing."""
    return [None if i % step == step - 1 else value for i, value in enumerate(values)]


whole = [(-1) ** i * (i * 37 % 100) for i in range(rows)]
columns = {
    "bool": ("booleans", pa.array(every(4, [i % 3 == 0 for i in range(rows)]), pa.bool_())),
    "int8": ("integers", pa.array(every(5, whole), pa.int8())),
    "int16": ("integers", pa.array(whole, pa.int16())),
    "int32": ("integers", pa.array(every(3, [value * 10**7 for value in whole]), pa.int32())),
    "int64": ("integers", pa.array([value * 10**16 for value in whole], pa.int64())),
    "uint8": ("integers", pa.array([255 - i for i in range(rows)], pa.uint8())),
    "uint16": ("integers", pa.array([65535 - i for i in range(rows)], pa.uint16())),
    "uint32": ("integers", pa.array([2**32 - 1 - i for i in range(rows)], pa.uint32())),
    "uint64": ("integers", pa.array(every(6, [2**63 - 1 - i for i in range(rows)]), pa.uint64())),
    "half": ("floats", pa.array(np.arange(rows, dtype=np.float16) / 4, pa.float16())),
    "float": ("floats", pa.array(every(4, [i / 8 - 0.5 for i in range(rows)]), pa.float32())),
    "double": ("doubles", pa.array([i * 0.1 for i in range(rows)], pa.float64())),
    "text": ("text", pa.array(every(3, ["", "a", "Zoë", "line\nfeed", "tab\t", "x" * 40] * 2), pa.string())),
    "large": ("text", pa.array([f"large {i}" for i in range(rows)], pa.large_string())),
    "bytes": ("text", pa.array(every(7, [b"b%d" % i for i in range(rows)]), pa.binary())),
    "fixed": ("text", pa.array([b"%04d" % i for i in range(rows)], pa.binary(4))),
    "codes": ("dictionary", pa.array(every(5, ["red", "green", "blue"] * 4)).dictionary_encode()),
    "date": ("integers", pa.array([datetime.date(2024, 2, 20 + i % 9) for i in range(rows)], pa.date32())),
    "time": ("integers", pa.array([1_700_000_000_000 + i for i in range(rows)], pa.timestamp("ms"))),
    "ids": ("integers", pa.array(every(4, [list(range(i % 4)) for i in range(rows)]), pa.list_(pa.int32()))),
    "gaps": ("integers", pa.array([[1, None, i] if i % 2 else [] for i in range(rows)], pa.list_(pa.int64()))),
    "numbers": ("floats", pa.array([[i / 2, i / 4] for i in range(rows)], pa.list_(pa.float32()))),
    "vector": ("floats", pa.array([[i, i + 0.5, i - 0.5] for i in range(rows)], pa.list_(pa.float32(), 3))),
    "words": ("text", pa.array(every(6, [["w%d" % j for j in range(i % 3)] for i in range(rows)]), pa.list_(pa.string()))),
    "wide": ("doubles", pa.array([[i * 1.5] * (i % 3) for i in range(rows)], pa.large_list(pa.float64()))),
    "flags": ("booleans", pa.array([[i % 2 == 0, None] for i in range(rows)], pa.list_(pa.bool_()))),
}


def plain(kind, value):
    if isinstance(value, list):
        return [plain(kind, element) for element in value]
    if value is None or kind == "booleans":
        return value
    if kind in ("text", "dictionary"):
        return value.decode() if isinstance(value, bytes) else value
    return str(value) if kind == "integers" else float(value)


def python_values(array):
    if pa.types.is_temporal(array.type):
        array = array.cast(pa.int32() if pa.types.is_date32(array.type) else pa.int64())
    return array.to_pylist()


table = pa.table({name: array for name, (_, array) in columns.items()})
fields = [field.with_nullable(columns[field.name][1].null_count > 0) for field in table.schema]
table = table.cast(pa.schema(fields))
pq.write_table(table, folder / "types.parquet", row_group_size=5, write_page_checksum=True)
expected = {
    name: {
        "kind": kind,
        "list": pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_fixed_size_list(array.type),
        "nullable": array.null_count > 0,
        "values": [plain(kind, value) for value in python_values(array)],
    }
    for name, (kind, array) in columns.items()
}
(folder / "types.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")

few = {"id": list(range(100, 140)), "text": [f"word {i % 7}" for i in range(40)], "price": [i / 4 for i in range(40)]}
table = pa.table({"id": pa.array(few["id"], pa.int64()), "text": few["text"], "price": pa.array(few["price"], pa.float32())})
for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
    pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=16, write_page_checksum=True)
(folder / "codecs.json").write_text(json.dumps(few) + "\n")

pq.write_table(pa.table({"id": [1, 2], "pair": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}), folder / "struct.parquet")
pq.write_table(pa.table({"number": list(range(3000)), "text": [f"text{i}" for i in range(3000)]}), folder / "spill.parquet",
               dictionary_pagesize_limit=4096, data_page_size=2048, write_batch_size=100, compression="zstd")

dense = np.arange(21, dtype=np.float32).reshape(7, 3) / 2
np.save(folder / "dense.npy", dense)
np.save(folder / "sparse.npy", np.array([[3, -1], [0, 7], [2**31 - 1, 5], [4, 4], [9, -2**31], [1, 2], [8, 6]], np.int32))
np.save(folder / "labels.npy", (np.arange(7) % 2).astype(np.int32).reshape(7, 1))
np.save(folder / "fortran.npy", np.asfortranarray(dense))
np.save(folder / "bigendian.npy", dense.astype(">f4"))
np.save(folder / "structured.npy", np.zeros(7, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save(folder / "cube.npy", np.zeros((7, 3, 1), np.float32))
np.save(folder / "half.npy", dense.astype(np.float16))
