// The values of one column of one row group, piece by piece.
#pragma once
#include <arrow/type_fwd.h>
#include <parquet/arrow/reader.h>

#include <memory>

namespace sr::columnar {

/// Each column has a stream of its own, so that a fault names its column.
class Stream {
public:
  virtual ~Stream() = default;
  /// The next rows, as many as there are in one piece; null at the end.
  virtual std::shared_ptr<arrow::Array> read() = 0;

  /// Gives back what reading takes; the current array stays.
  virtual void end() = 0;

  /// Makes sure that rows are pending, unless the row group is at its end.
  void fill();

  /// What was read and not yet given.
  std::shared_ptr<arrow::Array> pending;
  /// What the current block has.
  std::shared_ptr<arrow::Array> current;
  /// Not 0: all arrays have one dictionary, and no other stream's arrays have one of this number.
  int64_t dictionary = 0;
};

/// Any column, as Arrow gives it.
std::unique_ptr<Stream> arrow_stream(parquet::arrow::FileReader &file, int group, int leaf);

/// Flat text that is stored with a dictionary from its first value to its last: the dictionary is taken once for all
/// pieces. Null for any other column.
std::unique_ptr<Stream> code_stream(parquet::arrow::FileReader &file, int group, int leaf, int64_t piece_rows);

} // namespace sr::columnar
