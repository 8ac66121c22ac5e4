#include "stream.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "guard.h"

namespace sr::columnar {

void Stream::fill() {
  while (pending == nullptr || pending->length() == 0) {
    pending = read();
    if (pending == nullptr)
      return;
  }
}

namespace {

class ArrowStream final : public Stream {
public:
  ArrowStream(parquet::arrow::FileReader &file, int group, int leaf)
      : batches(check(file.GetRecordBatchReader({group}, {leaf}))) {}

  std::shared_ptr<arrow::Array> read() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    check(batches->ReadNext(&batch));
    return batch == nullptr ? nullptr : batch->column(0);
  }

  void end() override { batches.reset(); }

private:
  std::unique_ptr<arrow::RecordBatchReader> batches;
};

class CodeStream final : public Stream {
public:
  CodeStream(std::shared_ptr<parquet::RowGroupReader> group, std::shared_ptr<parquet::ByteArrayReader> reader,
             int64_t piece_rows)
      : group(std::move(group)), reader(std::move(reader)), codes(piece_rows), levels(piece_rows) {
    static std::atomic<int64_t> count{0};
    dictionary = ++count;
    most_level = this->reader->descr()->max_definition_level();
  }

  std::shared_ptr<arrow::Array> read() override {
    const int64_t room = static_cast<int64_t>(codes.size());
    int64_t rows = 0, found = 0;
    while (rows < room && reader->HasNext()) {
      const parquet::ByteArray *values = nullptr;
      int32_t count = 0;
      int64_t read = 0;
      const int64_t taken = reader->ReadBatchWithDictionary(room - rows, levels.data() + rows, nullptr,
                                                            codes.data() + found, &read, &values, &count);
      if (taken == 0)
        break;
      if (entries == nullptr && values != nullptr)
        entries = copy(values, count);
      rows += taken;
      found += read;
    }
    return rows == 0 ? nullptr : array(rows, found);
  }

  void end() override {
    reader.reset();
    group.reset();
  }

private:
  std::shared_ptr<arrow::Array> copy(const parquet::ByteArray *values, int32_t count) {
    arrow::StringBuilder builder;
    check(builder.Reserve(count));
    for (int32_t i = 0; i < count; ++i)
      check(builder.Append(reinterpret_cast<const char *>(values[i].ptr), static_cast<int32_t>(values[i].len)));
    return check(builder.Finish());
  }

  /// Puts the codes of the values that are there to their rows.
  std::shared_ptr<arrow::Array> array(int64_t rows, int64_t found) {
    std::shared_ptr<arrow::Buffer> spaced = check(arrow::AllocateBuffer(rows * sizeof(int32_t)));
    auto *to = reinterpret_cast<int32_t *>(spaced->mutable_data());
    std::shared_ptr<arrow::Buffer> bits;
    if (found == rows) {
      std::copy_n(codes.data(), rows, to);
    } else {
      bits = check(arrow::AllocateBuffer(arrow::bit_util::BytesForBits(rows)));
      std::fill_n(bits->mutable_data(), bits->size(), 0);
      uint8_t *flags = bits->mutable_data();
      int64_t next = 0;
      for (int64_t start = 0; start < rows; start += 8) {
        // Eight rows make a byte, which is written once.
        unsigned byte = 0;
        for (int64_t i = start; i < std::min(rows, start + 8); ++i) {
          const bool present = levels[i] == most_level && next < found;
          to[i] = present ? codes[next] : 0;
          next += present;
          byte |= static_cast<unsigned>(present) << (i - start);
        }
        flags[start / 8] = static_cast<uint8_t>(byte);
      }
    }
    if (entries == nullptr) // only missing values so far
      entries = copy(nullptr, 0);
    auto indices = std::make_shared<arrow::Int32Array>(rows, spaced, bits, rows - found);
    return std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::utf8()), indices, entries);
  }

  std::shared_ptr<parquet::RowGroupReader> group; // the reader reads through it
  std::shared_ptr<parquet::ByteArrayReader> reader;
  std::shared_ptr<arrow::Array> entries;
  std::vector<int32_t> codes;
  std::vector<int16_t> levels;
  int16_t most_level = 0;
};

} // namespace

std::unique_ptr<Stream> arrow_stream(parquet::arrow::FileReader &file, int group, int leaf) {
  return std::make_unique<ArrowStream>(file, group, leaf);
}

std::unique_ptr<Stream> code_stream(parquet::arrow::FileReader &file, int group, int leaf, int64_t piece_rows) {
  const auto *column = file.parquet_reader()->metadata()->schema()->Column(leaf);
  if (column->physical_type() != parquet::Type::BYTE_ARRAY || column->max_repetition_level() > 0 ||
      column->max_definition_level() > 1)
    return nullptr;
  auto rows = file.parquet_reader()->RowGroup(group);
  auto reader = rows->ColumnWithExposeEncoding(leaf, parquet::ExposedEncoding::DICTIONARY);
  if (reader->GetExposedEncoding() != parquet::ExposedEncoding::DICTIONARY)
    return nullptr;
  return std::make_unique<CodeStream>(std::move(rows), std::static_pointer_cast<parquet::ByteArrayReader>(reader),
                                      piece_rows);
}

} // namespace sr::columnar
