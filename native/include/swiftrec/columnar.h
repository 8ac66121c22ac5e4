// The Arrow bridge: Parquet files, column by column.
//
// It is a library of its own, libswiftrec_columnar.so, that is opened on demand: no process loads Arrow without need.
// Its one exported symbol is sr_columnar_functions, which gives the table below; the table's version tells whether
// library and caller were built from one source. Each handle is for one thread at a time.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SR_COLUMNAR_VERSION = 3 };

// What a column's values are. The reader widens: all whole numbers become int64, float16 becomes float32.
enum {
  SR_COLUMN_UNSUPPORTED = 0, // struct, map, decimal, ...
  SR_COLUMN_BOOLEANS = 1,    // uint8, 0 or 1
  SR_COLUMN_INTEGERS = 2,    // int64
  SR_COLUMN_FLOATS = 3,      // float
  SR_COLUMN_DOUBLES = 4,     // double
  SR_COLUMN_TEXT = 5,        // bytes and offsets
  SR_COLUMN_DICTIONARY = 6   // int32 codes; the entries are text
};

// How a writer stores whole numbers.
enum { SR_STORE_AS_IS = 0, SR_STORE_INT32 = 1 };

typedef struct SRColumnReader SRColumnReader;
typedef struct SRColumnWriter SRColumnWriter;

typedef struct SRColumnInfo {
  const char *name; // alive as long as the reader
  const char *type; // Arrow's name of the type, such as list<element: float>
  int32_t kind;     // SR_COLUMN_*, of the values
  uint8_t is_list;
  uint8_t is_nullable;
} SRColumnInfo;

typedef struct SRFileInfo {
  int64_t rows;
  int64_t row_groups;
  int64_t columns;
} SRFileInfo;

typedef struct SRRowGroupInfo {
  int64_t rows;
  int64_t bytes; // uncompressed, as the file says
} SRRowGroupInfo;

// How large the parts of one column of the current block are.
typedef struct SRColumnShape {
  int32_t kind;
  uint8_t is_list;
  uint8_t has_nulls;         // rows
  uint8_t has_element_nulls; // values inside lists
  int64_t rows;
  int64_t values;     // rows, or the elements of all lists
  int64_t entries;    // of the dictionary
  int64_t text_bytes; // of the text or of the dictionary's entries
  int64_t dictionary; // not 0: blocks with this number have the same entries
} SRColumnShape;

// The parts of one column. To read, the caller gives memory for what the shape names, null for what it does not want;
// to write, it gives the parts.
typedef struct SRColumnParts {
  void *values;              // [values] by kind; text: [text_bytes]
  int32_t *text_offsets;     // [values + 1], dictionary: [entries + 1]; begins with 0
  int32_t *codes;            // [values], dictionary only
  int32_t *list_offsets;     // [rows + 1], lists only; begins with 0
  uint8_t *validity;         // [rows], 1 where there is a value; null where every row has one
  uint8_t *element_validity; // [values], lists only
} SRColumnParts;

typedef struct SRColumnSpec {
  const char *name;
  int32_t kind; // not SR_COLUMN_DICTIONARY: text is stored with a dictionary anyway
  int32_t store;
  uint8_t is_list;
  uint8_t is_nullable;
} SRColumnSpec;

typedef struct SRWriterOptions {
  const char *compression; // none, snappy, zstd, brotli, gzip, lz4
  int64_t row_group_rows;
} SRWriterOptions;

/// Files below one place of an object store, or of a file system.
typedef struct SRObjectStore SRObjectStore;
/// Told of the bytes that are about to be sent; non-zero gives the file up.
typedef int32_t (*SRObjectProgress)(void *context, int64_t bytes);

typedef struct SRColumnarFunctions {
  int32_t version;
  const char *(*arrow_version)(void);
  /// As sr_last_error_message, of this library.
  const char *(*last_error_message)(void);

  /// Opens a file and reads its footer. `dictionaries`: text that the file stores with a dictionary arrives as codes.
  int32_t (*reader_open)(const char *path, uint8_t dictionaries, SRColumnReader **out);
  void (*reader_free)(SRColumnReader *reader);
  int32_t (*reader_file)(const SRColumnReader *reader, SRFileInfo *out);
  int32_t (*reader_column)(const SRColumnReader *reader, int64_t column, SRColumnInfo *out);
  int32_t (*reader_row_group)(const SRColumnReader *reader, int64_t group, SRRowGroupInfo *out);
  /// Begins a row group anew, for `count` columns by their numbers; they are decoded `block_rows` rows at a time.
  int32_t (*reader_start)(SRColumnReader *reader, int64_t group, const int64_t *columns, int64_t count,
                          int64_t block_rows);
  /// The next block of at most `most` rows: its rows, 0 after the last one. `failed` is the place in `columns` of the
  /// one that could not be read, else -1.
  int32_t (*reader_next)(SRColumnReader *reader, int64_t most, int64_t *rows, int64_t *failed);
  /// A column of the current block, by its place in `columns`.
  int32_t (*reader_shape)(const SRColumnReader *reader, int64_t place, SRColumnShape *out);
  int32_t (*reader_copy)(const SRColumnReader *reader, int64_t place, const SRColumnParts *into);

  /// Begins a file, which is whole after writer_close only; what stands there without it is the caller's to remove.
  int32_t (*writer_open)(const char *path, const SRColumnSpec *columns, int64_t count, const SRWriterOptions *options,
                         SRColumnWriter **out);
  /// Copies one column of the next `shape->rows` rows.
  int32_t (*writer_put)(SRColumnWriter *writer, int64_t column, const SRColumnShape *shape, const SRColumnParts *parts);
  /// Writes the rows whose columns have all been put.
  int32_t (*writer_write)(SRColumnWriter *writer);
  int32_t (*writer_close)(SRColumnWriter *writer);
  void (*writer_free)(SRColumnWriter *writer);

  /// `uri`: s3://bucket/prefix, with endpoint_override, scheme and region behind a question mark; file:///folder. Keys
  /// come from where AWS's tools look for them.
  int32_t (*store_open)(const char *uri, SRObjectStore **out);
  void (*store_free)(SRObjectStore *store);
  /// Copies a local file; it is there when all of it is. `progress` may be null.
  int32_t (*store_put)(const SRObjectStore *store, const char *path, const char *name, SRObjectProgress progress,
                       void *context);
  /// Writes a file's bytes from `from` on at the end of a local one.
  int32_t (*store_get)(const SRObjectStore *store, const char *name, const char *path, int64_t from);
  int32_t (*store_has)(const SRObjectStore *store, const char *name, uint8_t *out);
  /// All files below a folder, a line each: bytes, when changed (ns since 1970), name; free with text_free.
  int32_t (*store_list)(const SRObjectStore *store, const char *folder, char **out);
  int32_t (*store_delete)(const SRObjectStore *store, const char *name);
  /// How S3 is reached for what Arrow has no function for, a line each: scheme, endpoint (empty: AWS's own), region, 1
  /// where the bucket has to stand in the host's name, bucket and prefix, access key, secret key, session token (may be
  /// empty). SR_INVALID_ARGUMENT for a folder. Free with text_free.
  int32_t (*store_access)(const SRObjectStore *store, char **out);
  void (*text_free)(char *text);

  /// Readers, writers and stores that are alive.
  int64_t (*live_handles)(void);
} SRColumnarFunctions;

#ifdef SR_BUILD_COLUMNAR
const SRColumnarFunctions *sr_columnar_functions(void);
#endif

#ifdef __cplusplus
}
#endif
