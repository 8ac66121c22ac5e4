#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "column.h"
#include "guard.h"

namespace {

using namespace sr::columnar;

std::shared_ptr<arrow::DataType> type_of(const SRColumnSpec &spec) {
  switch (spec.kind) {
  case SR_COLUMN_BOOLEANS:
    return arrow::boolean();
  case SR_COLUMN_INTEGERS:
    return spec.store == SR_STORE_INT32 ? arrow::int32() : arrow::int64();
  case SR_COLUMN_FLOATS:
    return arrow::float32();
  case SR_COLUMN_DOUBLES:
    return arrow::float64();
  case SR_COLUMN_TEXT:
    return arrow::utf8();
  default:
    throw InvalidArgument("column \"" + std::string(spec.name) + "\" is of kind " + std::to_string(spec.kind) +
                          ", which can't be written");
  }
}

arrow::Compression::type codec_of(const std::string &name) {
  if (name == "none")
    return arrow::Compression::UNCOMPRESSED;
  // Arrow's own "lz4" is a frame format that Parquet does not have.
  return check(arrow::util::Codec::GetCompressionType(name == "lz4" ? "lz4_raw" : name));
}

std::shared_ptr<arrow::Buffer> copied(const void *bytes, int64_t size) {
  std::shared_ptr<arrow::Buffer> buffer = check(arrow::AllocateBuffer(size));
  if (size > 0)
    std::memcpy(buffer->mutable_data(), bytes, size);
  return buffer;
}

/// One bit a byte; null where all are set.
std::shared_ptr<arrow::Buffer> pack(const uint8_t *bytes, int64_t count, int64_t &zeros) {
  std::shared_ptr<arrow::Buffer> bits = check(arrow::AllocateBuffer(arrow::bit_util::BytesForBits(count)));
  std::fill_n(bits->mutable_data(), bits->size(), 0);
  zeros = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (bytes[i] != 0)
      arrow::bit_util::SetBit(bits->mutable_data(), i);
    else
      ++zeros;
  }
  return bits;
}

/// Offsets that rise from 0 to `size`: they come from a caller's arrays, and Arrow trusts them.
void check_offsets(const int32_t *offsets, int64_t count, int64_t size, const std::string &name) {
  bool good = offsets[0] == 0 && offsets[count] == size;
  for (int64_t i = 0; i < count; ++i)
    good = good && offsets[i] <= offsets[i + 1];
  if (!good)
    throw InvalidArgument("column \"" + name + "\": its offsets do not rise from 0 to " + std::to_string(size));
}

std::shared_ptr<arrow::Buffer> narrowed(const int64_t *values, int64_t count, const std::string &name) {
  std::shared_ptr<arrow::Buffer> buffer = check(arrow::AllocateBuffer(count * sizeof(int32_t)));
  auto *to = reinterpret_cast<int32_t *>(buffer->mutable_data());
  for (int64_t i = 0; i < count; ++i) {
    if (values[i] < std::numeric_limits<int32_t>::min() || values[i] > std::numeric_limits<int32_t>::max())
      throw InvalidArgument("column \"" + name + "\": " + std::to_string(values[i]) +
                            " does not fit int32; store int64");
    to[i] = static_cast<int32_t>(values[i]);
  }
  return buffer;
}

std::shared_ptr<arrow::ArrayData> values_of(const SRColumnSpec &spec, const SRColumnShape &shape,
                                            const SRColumnParts &parts, const uint8_t *validity) {
  const int64_t count = shape.values;
  int64_t nulls = 0, zeros = 0;
  const auto bits = validity == nullptr ? nullptr : pack(validity, count, nulls);
  std::vector<std::shared_ptr<arrow::Buffer>> buffers{bits};
  switch (spec.kind) {
  case SR_COLUMN_BOOLEANS:
    buffers.push_back(pack(static_cast<const uint8_t *>(parts.values), count, zeros));
    break;
  case SR_COLUMN_INTEGERS:
    buffers.push_back(spec.store == SR_STORE_INT32
                          ? narrowed(static_cast<const int64_t *>(parts.values), count, spec.name)
                          : copied(parts.values, count * 8));
    break;
  case SR_COLUMN_TEXT:
    check_offsets(parts.text_offsets, count, shape.text_bytes, spec.name);
    buffers.push_back(copied(parts.text_offsets, (count + 1) * 4));
    buffers.push_back(copied(parts.values, shape.text_bytes));
    break;
  default:
    buffers.push_back(copied(parts.values, count * (spec.kind == SR_COLUMN_FLOATS ? 4 : 8)));
  }
  return arrow::ArrayData::Make(type_of(spec), count, std::move(buffers), nulls);
}

std::shared_ptr<arrow::ArrayData> column_of(const SRColumnSpec &spec, const SRColumnShape &shape,
                                            const SRColumnParts &parts) {
  const int64_t rows = shape.rows;
  if (shape.kind != spec.kind || (shape.is_list != 0) != (spec.is_list != 0) || (!spec.is_list && shape.values != rows))
    throw InvalidArgument("column \"" + std::string(spec.name) + "\" is not of the kind that its file has");
  if (!spec.is_list)
    return values_of(spec, shape, parts, parts.validity);
  check_offsets(parts.list_offsets, rows, shape.values, spec.name);
  int64_t nulls = 0;
  const auto bits = parts.validity == nullptr ? nullptr : pack(parts.validity, rows, nulls);
  return arrow::ArrayData::Make(arrow::list(arrow::field("element", type_of(spec))), rows,
                                {bits, copied(parts.list_offsets, (rows + 1) * 4)},
                                {values_of(spec, shape, parts, parts.element_validity)}, nulls);
}

} // namespace

struct SRColumnWriter {
  Counted counted;
  std::vector<std::string> names;
  std::vector<SRColumnSpec> specs;
  std::vector<std::shared_ptr<arrow::ArrayData>> next; // columns of the rows that are to be written
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<arrow::io::FileOutputStream> sink;
  std::unique_ptr<parquet::arrow::FileWriter> file;

  void open(const char *path, const SRColumnSpec *columns, int64_t count, const SRWriterOptions &options) {
    names.reserve(count);
    arrow::FieldVector fields;
    for (int64_t i = 0; i < count; ++i) {
      SRColumnSpec spec = columns[i];
      spec.name = names.emplace_back(spec.name).c_str();
      auto type = type_of(spec);
      if (spec.is_list)
        type = arrow::list(arrow::field("element", type));
      fields.push_back(arrow::field(names.back(), type, spec.is_nullable != 0));
      specs.push_back(spec);
    }
    next.resize(specs.size());
    schema = arrow::schema(fields);
    parquet::WriterProperties::Builder properties;
    properties.compression(codec_of(options.compression))
        ->enable_page_checksum()
        ->max_row_group_length(options.row_group_rows);
    sink = check(arrow::io::FileOutputStream::Open(path));
    file = check(parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink, properties.build(),
                                                  parquet::ArrowWriterProperties::Builder().store_schema()->build()));
  }

  void put(int64_t column, const SRColumnShape &shape, const SRColumnParts &parts) {
    if (column < 0 || column >= static_cast<int64_t>(specs.size()))
      throw InvalidArgument("column " + std::to_string(column) + " of " + std::to_string(specs.size()));
    next[column] = column_of(specs[column], shape, parts);
  }

  void write() {
    auto columns = std::exchange(next, std::vector<std::shared_ptr<arrow::ArrayData>>(specs.size()));
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] == nullptr || columns[i]->length != columns[0]->length)
        throw InvalidArgument("column \"" + names[i] + "\" has not as many rows as the first one");
    }
    const int64_t rows = columns.empty() ? 0 : columns[0]->length;
    check(file->WriteRecordBatch(*arrow::RecordBatch::Make(schema, rows, std::move(columns))));
  }

  void close() {
    check(file->Close());
    check(sink->Close());
  }
};

namespace sr::columnar {

void add_writer(SRColumnarFunctions &functions) {
  functions.writer_open = [](const char *path, const SRColumnSpec *columns, int64_t count,
                             const SRWriterOptions *options, SRColumnWriter **out) -> int32_t {
    SR_COLUMNAR_GUARD({
      auto writer = std::make_unique<SRColumnWriter>();
      writer->open(path, columns, count, *options);
      *out = writer.release();
    });
  };
  functions.writer_put = [](SRColumnWriter *writer, int64_t column, const SRColumnShape *shape,
                            const SRColumnParts *parts) -> int32_t {
    SR_COLUMNAR_GUARD(writer->put(column, *shape, *parts));
  };
  functions.writer_write = [](SRColumnWriter *writer) -> int32_t { SR_COLUMNAR_GUARD(writer->write()); };
  functions.writer_close = [](SRColumnWriter *writer) -> int32_t { SR_COLUMNAR_GUARD(writer->close()); };
  functions.writer_free = [](SRColumnWriter *writer) { delete writer; };
}

} // namespace sr::columnar
