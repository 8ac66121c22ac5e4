"""Reading a Parquet file batch by batch on one core with pyarrow: the peer of our reader.

usage: parquet.py FILE BATCH_ROWS

Answers each line `plain` or `dictionary` on standard input with {"seconds": s, "rows": n}: the whole file once, by
ParquetFile.iter_batches; `dictionary` leaves text as codes where the file has them so.
"""
import json
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

path, batch_rows = sys.argv[1], int(sys.argv[2])
pa.set_cpu_count(1)
pa.set_io_thread_count(1)
names = [field.name for field in pq.read_schema(path) if pa.types.is_string(field.type)]
print(json.dumps({"ready": 1}), flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    file = pq.ParquetFile(path, read_dictionary=names if line.strip() == "dictionary" else None)
    rows = sum(batch.num_rows for batch in file.iter_batches(batch_size=batch_rows, use_threads=False))
    print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows}), flush=True)
