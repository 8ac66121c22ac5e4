// The rows of a table as they were at one moment, read piece by piece while training goes on.
#pragma once
#include <ATen/ATen.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace sr::embedding {

/// Copy on write: whoever changes a row that was not read yet keeps its old bytes first. What is kept of a block of
/// rows is freed when the block is read, so that memory is that of the rows that changed before their turn.
class RowSnapshot {
public:
  /// `rows` is a contiguous CPU tensor whose first dimension counts rows; it is shared.
  explicit RowSnapshot(at::Tensor rows);

  /// Keeps the rows of sorted pairs, row << 32 | item, or of rising rows. Threads may call it together, each with rows
  /// of its own.
  void keep_pairs(const uint64_t *pairs, int64_t count);
  void keep_rows(const int64_t *rows, int64_t count);

  /// Copies rows `first ..< first + count`: whole blocks, each once.
  void read(int64_t first, int64_t count, char *out);

  int64_t block_rows() const { return int64_t{1} << block_bits; }
  /// The most bytes that were kept at once.
  int64_t peak_bytes() const { return peak.load(); }

  /// Set by the reader: nothing is kept any more.
  std::atomic<bool> ended{false};

private:
  struct Block {
    std::mutex mutex;
    std::atomic<bool> read{false};
    std::vector<uint64_t> is_kept; // a bit a row
    std::vector<uint32_t> rows;
    std::vector<char> bytes;
  };

  template <class RowAt> void keep(int64_t count, RowAt row_at);
  void read_block(int64_t number, int64_t rows, char *out);

  at::Tensor table;
  const char *data;
  int64_t row_count, row_bytes;
  int block_bits;
  int64_t block_count;
  std::unique_ptr<Block[]> blocks;
  std::atomic<int64_t> kept{0}, peak{0};
};

} // namespace sr::embedding

/// Shared with the table, which keeps its rows for it.
struct SRRowSnapshot {
  std::shared_ptr<sr::embedding::RowSnapshot> held;
};
