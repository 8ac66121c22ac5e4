#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>
#include <string>
#include <vector>

#include "column.h"
#include "guard.h"
#include "stream.h"

namespace {

using namespace sr::columnar;

struct ColumnFacts {
  std::string name, type;
  Kind kind;
  bool is_nullable;
  int leaf; // -1 where the column has several
};

int only_leaf(const parquet::arrow::SchemaField &field) {
  if (field.children.empty())
    return field.column_index;
  return field.children.size() == 1 ? only_leaf(field.children[0]) : -1;
}

/// Whether text in a column may come as codes: of the values themselves, lists aside.
bool is_flat_text(const ColumnFacts &facts) {
  return !facts.kind.is_list && (facts.kind.kind == SR_COLUMN_TEXT || facts.kind.kind == SR_COLUMN_DICTIONARY);
}

} // namespace

struct SRColumnReader {
  Counted counted;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::vector<ColumnFacts> columns;
  std::vector<std::unique_ptr<Stream>> streams;
  bool keeps_codes = false;
  int64_t group = -1, rows_left = 0;

  const parquet::FileMetaData &metadata() const { return *file->parquet_reader()->metadata(); }

  void open(const char *path, bool dictionaries) {
    keeps_codes = dictionaries;
    parquet::ReaderProperties properties;
    // Column chunks come in pieces: memory is a page and a block a column, however large a row group is.
    properties.enable_buffered_stream();
    properties.set_buffer_size(1 << 17);
    properties.set_page_checksum_verification(true);
    auto source = check(arrow::io::ReadableFile::Open(path));
    auto parquet = parquet::ParquetFileReader::Open(source, properties);

    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_pre_buffer(false);
    file = check(parquet::arrow::FileReader::Make(arrow::default_memory_pool(), std::move(parquet), arrow_properties));
    for (const auto &field : file->manifest().schema_fields) {
      Kind kind = kind_of(*field.field->type());
      const int leaf = only_leaf(field);
      if (leaf < 0)
        kind.kind = SR_COLUMN_UNSUPPORTED;
      columns.push_back({field.field->name(), field.field->type()->ToString(), kind, field.field->nullable(), leaf});
    }
  }

  const ColumnFacts &column(int64_t index) const {
    if (index < 0 || index >= static_cast<int64_t>(columns.size()))
      throw InvalidArgument("column " + std::to_string(index) + " of " + std::to_string(columns.size()));
    return columns[index];
  }

  int64_t rows_of(int64_t index) const {
    if (index < 0 || index >= metadata().num_row_groups())
      throw InvalidArgument("row group " + std::to_string(index) + " of " +
                            std::to_string(metadata().num_row_groups()));
    return metadata().RowGroup(static_cast<int>(index))->num_rows();
  }

  void start(int64_t wanted, const int64_t *places, int64_t count, int64_t block) {
    if (block < 1)
      throw InvalidArgument("blocks of " + std::to_string(block) + " rows");
    streams.clear();
    group = -1;
    rows_left = rows_of(wanted);
    file->set_batch_size(block);
    for (int64_t i = 0; i < count; ++i) {
      const ColumnFacts &facts = column(places[i]);
      if (facts.kind.kind == SR_COLUMN_UNSUPPORTED)
        throw InvalidArgument("column \"" + facts.name + "\" has the type " + facts.type + ", which is not supported");
      const int number = static_cast<int>(wanted);
      auto stream = is_flat_text(facts) ? code_stream(*file, number, facts.leaf, block) : nullptr;
      streams.push_back(stream != nullptr ? std::move(stream) : arrow_stream(*file, number, facts.leaf));
    }
    group = wanted;
  }

  int64_t next(int64_t most, int64_t &failed) {
    failed = -1;
    if (group < 0 || most < 1)
      throw InvalidArgument("no row group was begun, or no rows are asked for");
    // Columns may arrive in pieces of different lengths, where a dictionary ends for one: a block is what all of them
    // have.
    int64_t rows = std::min(rows_left, most);
    if (rows == 0)
      return 0;
    for (size_t i = 0; i < streams.size(); ++i) {
      failed = static_cast<int64_t>(i);
      streams[i]->fill();
      if (streams[i]->pending == nullptr)
        throw InvalidArgument("the column ends " + std::to_string(rows_left) + " rows before its row group");
      rows = std::min(rows, streams[i]->pending->length());
    }
    failed = -1;
    for (const auto &stream : streams) {
      stream->current = stream->pending->Slice(0, rows);
      stream->pending = stream->pending->Slice(rows);
    }
    rows_left -= rows;
    if (rows_left == 0) {
      for (const auto &stream : streams)
        stream->end();
    }
    return rows;
  }

  const Stream &stream(int64_t place) const {
    if (place < 0 || place >= static_cast<int64_t>(streams.size()) || streams[place]->current == nullptr)
      throw InvalidArgument("column place " + std::to_string(place) + " of " + std::to_string(streams.size()));
    return *streams[place];
  }
};

namespace sr::columnar {

void add_reader(SRColumnarFunctions &functions) {
  functions.reader_open = [](const char *path, uint8_t dictionaries, SRColumnReader **out) -> int32_t {
    SR_COLUMNAR_GUARD({
      auto reader = std::make_unique<SRColumnReader>();
      reader->open(path, dictionaries != 0);
      *out = reader.release();
    });
  };
  functions.reader_free = [](SRColumnReader *reader) { delete reader; };
  functions.reader_file = [](const SRColumnReader *reader, SRFileInfo *out) -> int32_t {
    SR_COLUMNAR_GUARD(*out = (SRFileInfo{reader->metadata().num_rows(), reader->metadata().num_row_groups(),
                                         static_cast<int64_t>(reader->columns.size())}));
  };
  functions.reader_column = [](const SRColumnReader *reader, int64_t index, SRColumnInfo *out) -> int32_t {
    SR_COLUMNAR_GUARD({
      const ColumnFacts &facts = reader->column(index);
      *out =
          SRColumnInfo{facts.name.c_str(), facts.type.c_str(), facts.kind.kind, facts.kind.is_list, facts.is_nullable};
    });
  };
  functions.reader_row_group = [](const SRColumnReader *reader, int64_t group, SRRowGroupInfo *out) -> int32_t {
    SR_COLUMNAR_GUARD({
      const int64_t rows = reader->rows_of(group);
      *out = SRRowGroupInfo{rows, reader->metadata().RowGroup(static_cast<int>(group))->total_byte_size()};
    });
  };
  functions.reader_start = [](SRColumnReader *reader, int64_t group, const int64_t *columns, int64_t count,
                              int64_t block_rows) -> int32_t {
    SR_COLUMNAR_GUARD(reader->start(group, columns, count, block_rows));
  };
  functions.reader_next = [](SRColumnReader *reader, int64_t most, int64_t *rows, int64_t *failed) -> int32_t {
    SR_COLUMNAR_GUARD(*rows = reader->next(most, *failed));
  };
  functions.reader_shape = [](const SRColumnReader *reader, int64_t place, SRColumnShape *out) -> int32_t {
    SR_COLUMNAR_GUARD({
      const Stream &stream = reader->stream(place);
      *out = shape_of(*stream.current, reader->keeps_codes);
      out->dictionary = stream.dictionary;
    });
  };
  functions.reader_copy = [](const SRColumnReader *reader, int64_t place, const SRColumnParts *into) -> int32_t {
    SR_COLUMNAR_GUARD(copy(*reader->stream(place).current, reader->keeps_codes, *into));
  };
}

} // namespace sr::columnar
