#include "row_snapshot.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "guard.h"
#include "tables.h"

namespace sr::embedding {

namespace {

/// Long enough that a block's lock is no cost, short enough that nobody waits for its copy.
constexpr int64_t kBlockBytes = 1 << 18;

} // namespace

RowSnapshot::RowSnapshot(at::Tensor rows) : table(std::move(rows)) {
  if (!table.is_cpu() || !table.is_contiguous() || table.dim() < 1)
    throw InvalidArgument("a snapshot is taken of contiguous rows in main memory");
  data = static_cast<const char *>(table.data_ptr());
  row_count = table.size(0);
  row_bytes = row_count > 0 ? static_cast<int64_t>(table.nbytes()) / row_count : 0;
  const auto rows_a_block = static_cast<uint64_t>(std::max<int64_t>(1, kBlockBytes / std::max<int64_t>(1, row_bytes)));
  block_bits = std::bit_width(std::bit_floor(rows_a_block)) - 1;
  block_count = (row_count + block_rows() - 1) >> block_bits;
  blocks = std::make_unique<Block[]>(static_cast<size_t>(block_count));
}

template <class RowAt> void RowSnapshot::keep(int64_t count, RowAt row_at) {
  int64_t i = 0;
  while (i < count) {
    const int64_t number = row_at(i) >> block_bits;
    const int64_t end = (number + 1) << block_bits, first = number << block_bits;
    auto &block = blocks[number];
    if (block.read.load(std::memory_order_acquire)) {
      while (i < count && row_at(i) < end)
        ++i;
      continue;
    }
    const std::lock_guard lock(block.mutex);
    const bool is_read = block.read.load(std::memory_order_relaxed);
    if (!is_read && block.is_kept.empty())
      block.is_kept.resize(static_cast<size_t>((block_rows() + 63) / 64));
    const size_t before = block.bytes.size();
    for (; i < count; ++i) {
      const int64_t row = row_at(i);
      if (row >= end)
        break;
      if (is_read)
        continue;
      const auto place = static_cast<uint64_t>(row - first);
      const uint64_t bit = uint64_t{1} << (place & 63);
      if (block.is_kept[place >> 6] & bit)
        continue;
      block.is_kept[place >> 6] |= bit;
      block.rows.push_back(static_cast<uint32_t>(place));
      const char *from = data + row * row_bytes;
      block.bytes.insert(block.bytes.end(), from, from + row_bytes);
    }
    const auto added = static_cast<int64_t>(block.bytes.size() - before);
    if (added > 0) {
      const int64_t now = kept.fetch_add(added) + added;
      int64_t most = peak.load();
      while (now > most && !peak.compare_exchange_weak(most, now)) {
      }
    }
  }
}

void RowSnapshot::keep_pairs(const uint64_t *pairs, int64_t count) {
  keep(count, [pairs](int64_t i) { return static_cast<int64_t>(pairs[i] >> 32); });
}

void RowSnapshot::keep_rows(const int64_t *rows, int64_t count) {
  keep(count, [rows](int64_t i) { return rows[i]; });
}

void RowSnapshot::read_block(int64_t number, int64_t rows, char *out) {
  auto &block = blocks[number];
  const char *from = data + (number << block_bits) * row_bytes;
  const std::lock_guard lock(block.mutex);
  if (block.rows.empty()) {
    std::memcpy(out, from, static_cast<size_t>(rows * row_bytes));
  } else {
    // A kept row may be changing this very moment: it is not looked at.
    auto is_kept = [&](int64_t row) { return block.is_kept[row >> 6] >> (row & 63) & 1; };
    for (int64_t row = 0; row < rows;) {
      int64_t end = row;
      while (end < rows && !is_kept(end))
        ++end;
      std::memcpy(out + row * row_bytes, from + row * row_bytes, static_cast<size_t>((end - row) * row_bytes));
      for (row = end; row < rows && is_kept(row);)
        ++row;
    }
    for (size_t i = 0; i < block.rows.size(); ++i)
      std::memcpy(out + block.rows[i] * row_bytes, block.bytes.data() + i * static_cast<size_t>(row_bytes),
                  static_cast<size_t>(row_bytes));
    kept.fetch_sub(static_cast<int64_t>(block.bytes.size()));
    block.rows = {};
    block.bytes = {};
    block.is_kept = {};
  }
  block.read.store(true, std::memory_order_release);
}

void RowSnapshot::read(int64_t first, int64_t count, char *out) {
  const int64_t end = first + count;
  if (first < 0 || count < 0 || end > row_count || (first & (block_rows() - 1)) != 0 ||
      ((end & (block_rows() - 1)) != 0 && end != row_count))
    throw InvalidArgument("rows " + std::to_string(first) + " ..< " + std::to_string(end) + " of " +
                          std::to_string(row_count) + " are no blocks of " + std::to_string(block_rows()));
  for (int64_t row = first; row < end; row += block_rows()) {
    if (blocks[row >> block_bits].read.load(std::memory_order_acquire))
      throw InvalidArgument("row " + std::to_string(row) + " of a snapshot was read before");
    read_block(row >> block_bits, std::min(block_rows(), end - row), out + (row - first) * row_bytes);
  }
}

void RowTable::before_change(const uint64_t *pairs, int64_t count) const {
  if (touched.defined()) {
    auto *marks = touched.data_ptr<uint8_t>();
    for (int64_t i = 0; i < count; ++i)
      marks[pairs[i] >> 32] = 1;
  }
  for (const auto &snapshot : snapshots)
    snapshot->keep_pairs(pairs, count);
}

void RowTable::before_change(const at::Tensor &rows) const {
  if (touched.defined())
    touched.index_fill_(0, rows, 1);
  for (const auto &snapshot : snapshots)
    snapshot->keep_rows(rows.data_ptr<int64_t>(), rows.numel());
}

void RowTable::drop_ended_snapshots() {
  std::erase_if(snapshots, [](const auto &snapshot) { return snapshot->ended.load(); });
}

} // namespace sr::embedding

using sr::InvalidArgument;
using sr::embedding::table_at;

extern "C" int32_t sr_row_tables_set_touched(SRRowTables *tables, intptr_t table, SRTensor *touched) {
  SR_GUARD({
    auto &t = table_at(tables, table);
    const auto marks = sr::unwrap_optional(touched);
    if (marks.defined() && (marks.scalar_type() != at::kByte || marks.dim() != 1 || marks.size(0) != t.rows ||
                            !marks.is_contiguous() || marks.device() != t.weight.device()))
      throw InvalidArgument("marks of touched rows must be a contiguous uint8 tensor on the table's device, one a row");
    t.touched = marks;
  });
}

extern "C" int32_t sr_row_tables_snapshot(SRRowTables *tables, intptr_t table, int32_t part, SRRowSnapshot **out) {
  SR_GUARD({
    auto &t = table_at(tables, table);
    if (tables->held->launcher)
      throw InvalidArgument("a snapshot is taken of tables that the CPU's kernels serve");
    const at::Tensor &of = part == 0 ? t.weight : part == 1 ? t.first_state : t.second_state;
    if (part < 0 || part > 2 || !of.defined())
      throw InvalidArgument("the table has no part " + std::to_string(part));
    auto held = std::make_shared<sr::embedding::RowSnapshot>(of);
    auto made = std::make_unique<SRRowSnapshot>(SRRowSnapshot{held});
    t.drop_ended_snapshots();
    t.snapshots.push_back(std::move(held));
    *out = made.release();
  });
}

extern "C" int64_t sr_row_snapshot_block_rows(const SRRowSnapshot *snapshot) { return snapshot->held->block_rows(); }

extern "C" int64_t sr_row_snapshot_peak_bytes(const SRRowSnapshot *snapshot) { return snapshot->held->peak_bytes(); }

extern "C" int32_t sr_row_snapshot_read(SRRowSnapshot *snapshot, int64_t first, int64_t count, void *out) {
  SR_GUARD({ snapshot->held->read(first, count, static_cast<char *>(out)); });
}

extern "C" void sr_row_snapshot_free(SRRowSnapshot *snapshot) {
  if (snapshot == nullptr)
    return;
  snapshot->held->ended = true;
  delete snapshot;
}
