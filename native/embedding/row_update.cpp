// From the gradients of bags to updated rows: the (row, item) pairs of each table are sorted by row, so that a row's
// gradients are summed together, always in the order of the batch, and its weights are touched once.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <bit>

#include "tables.h"

namespace {

using namespace sr::embedding;

/// What one thread needs for one piece; kept between steps.
struct Scratch {
  std::vector<uint64_t> pairs, other;
  std::vector<uint32_t> counts;
  std::vector<const float *> sources;
  std::vector<float> scales, rows;
};

/// Sorts `scratch.pairs` by row with as few passes of a radix sort as the number of rows needs; equal rows keep their
/// order.
void sort_pairs(Scratch &scratch, int64_t rows) {
  auto &pairs = scratch.pairs;
  const int bits = std::max(1, static_cast<int>(std::bit_width(static_cast<uint64_t>(std::max<int64_t>(1, rows - 1)))));
  // Counters must be few against the pairs.
  const int widest = pairs.size() < 1024 ? 8 : pairs.size() < 16384 ? 10 : 11;
  const int passes = (bits + widest - 1) / widest;
  const int digit = (bits + passes - 1) / passes;
  const uint32_t mask = (1u << digit) - 1;
  scratch.other.resize(pairs.size());
  auto &counts = scratch.counts;
  counts.assign(static_cast<size_t>(passes) << digit, 0);
  for (const uint64_t pair : pairs)
    for (int pass = 0; pass < passes; ++pass)
      ++counts[(static_cast<size_t>(pass) << digit) + (pair >> (32 + pass * digit) & mask)];
  for (int pass = 0; pass < passes; ++pass) {
    uint32_t *count = counts.data() + (static_cast<size_t>(pass) << digit);
    uint32_t before = 0;
    for (uint32_t i = 0; i <= mask; ++i) {
      const uint32_t n = count[i];
      count[i] = before;
      before += n;
    }
    for (const uint64_t pair : pairs)
      scratch.other[count[pair >> (32 + pass * digit) & mask]++] = pair;
    pairs.swap(scratch.other);
  }
}

/// One table, or the rows `first ..< end` of it.
struct Piece {
  int32_t table;
  int64_t first, end;
};

/// The pairs of a piece, sorted, and where each item's gradient stands.
UpdateJob job_of(const RowTable &table, const Piece &piece, const BagBatch &batch,
                 const std::vector<GradientOf> &gradients, Scratch &scratch) {
  int64_t features = 0, ids = 0;
  bool plain = !batch.weights.defined();
  const Feature *only = nullptr;
  size_t only_index = 0;
  for (size_t f = 0; f < batch.features.size(); ++f) {
    const auto &feature = batch.features[f];
    if (feature.table != piece.table || gradients[f].data == nullptr)
      continue;
    ++features;
    ids += batch.id_count(feature);
    plain = plain && feature.pooling != SR_POOL_MEAN;
    only = &feature;
    only_index = f;
  }
  plain = plain && features == 1;
  UpdateJob job{};
  job.table = table.data();
  job.codec = table.codec;
  job.dim = table.dim;
  job.row_bytes = table.row_bytes;
  job.first_state = table.first_state.defined() ? table.first_state.data_ptr<float>() : nullptr;
  job.second_state = table.second_state.defined() ? table.second_state.data_ptr<float>() : nullptr;
  auto &pairs = scratch.pairs;
  pairs.resize(ids);
  scratch.rows.resize(2 * table.dim);
  job.scratch = scratch.rows.data();
  const int64_t *id = batch.id_data(), *offsets = batch.offset_data();
  const bool whole = piece.first == 0 && piece.end == table.rows;
  size_t found = 0;
  auto take = [&](int64_t row, uint64_t item) {
    pairs[found] = static_cast<uint64_t>(row) << 32 | item;
    found += whole || (row >= piece.first && row < piece.end);
  };
  if (plain) {
    // An item is a bag of the one feature.
    job.gradient = gradients[only_index].data;
    job.stride = gradients[only_index].stride;
    const int64_t *of = offsets + only->first_offset;
    if (only->pooling == SR_POOL_NONE) {
      for (int64_t i = 0; i < ids; ++i)
        take(id[of[0] + i], static_cast<uint64_t>(i));
    } else {
      for (int64_t b = 0; b < only->bags; ++b)
        for (int64_t p = of[b]; p < of[b + 1]; ++p)
          take(id[p], static_cast<uint64_t>(b));
    }
  } else {
    // An item is an id: its bag's gradient, and its factor.
    scratch.sources.resize(ids);
    scratch.scales.resize(ids);
    const float *weights = batch.weight_data();
    uint64_t item = 0;
    for (size_t f = 0; f < batch.features.size(); ++f) {
      const auto &feature = batch.features[f];
      if (feature.table != piece.table || gradients[f].data == nullptr)
        continue;
      const int64_t *of = offsets + feature.first_offset;
      const bool pooled = feature.pooling != SR_POOL_NONE;
      for (int64_t b = 0; b < feature.bags; ++b) {
        const float mean =
            feature.pooling == SR_POOL_MEAN && of[b + 1] > of[b] ? 1.0f / static_cast<float>(of[b + 1] - of[b]) : 1.0f;
        for (int64_t p = of[b]; p < of[b + 1]; ++p, ++item) {
          scratch.sources[item] = gradients[f].data + (pooled ? b : p - of[0]) * gradients[f].stride;
          scratch.scales[item] = weights ? weights[p] * mean : mean;
          take(id[p], item);
        }
      }
    }
    job.sources = scratch.sources.data();
    job.scales = scratch.scales.data();
  }
  pairs.resize(found);
  sort_pairs(scratch, table.rows);
  job.pairs = scratch.pairs.data();
  job.count = static_cast<int64_t>(found);
  return job;
}

/// The rows of a table that the batch names, rising, and their gradients.
std::pair<at::Tensor, at::Tensor> summed_rows(const RowTable &table, int32_t number, const BagBatch &batch,
                                              const std::vector<GradientOf> &gradients) {
  Scratch scratch;
  const auto job = job_of(table, {number, 0, table.rows}, batch, gradients, scratch);
  auto rows = at::empty({job.count}, at::TensorOptions().dtype(at::kLong));
  auto sums = at::empty({job.count, table.dim}, at::TensorOptions().dtype(at::kFloat));
  const int64_t found = bag_kernels().sum(job, rows.data_ptr<int64_t>(), sums.data_ptr<float>());
  return {rows.narrow(0, 0, found), sums.narrow(0, 0, found)};
}

} // namespace

namespace sr::embedding {

void update_rows(RowTables &tables, const BagBatch &batch, const std::vector<GradientOf> &gradients) {
  // A table's cost in elements; tables that alone would hold up a thread are cut by rows.
  std::vector<int64_t> cost(tables.tables.size());
  std::vector<bool> counted(tables.tables.size());
  int64_t all = 0;
  for (size_t f = 0; f < batch.features.size(); ++f) {
    const auto &feature = batch.features[f];
    const auto &table = tables.tables[feature.table];
    if (table.rule.kind == SR_RULE_NONE || gradients[f].data == nullptr)
      continue;
    const int64_t c = batch.id_count(feature) * (table.dim + 32);
    // A backward counts for a table also when the batch has no id for it, as in PyTorch's SparseAdam.
    if (!counted[feature.table])
      ++tables.tables[feature.table].steps;
    counted[feature.table] = true;
    cost[feature.table] += c;
    all += c;
  }
  for (auto &table : tables.tables)
    table.drop_ended_snapshots();
  const int64_t threads = at::get_num_threads();
  std::vector<Piece> pieces;
  for (size_t t = 0; t < tables.tables.size(); ++t) {
    if (cost[t] == 0 || tables.tables[t].update)
      continue;
    const int64_t rows = tables.tables[t].rows;
    int64_t parts = threads > 1 && cost[t] > 65536 ? cost[t] * threads * 2 / all : 1;
    parts = std::clamp<int64_t>(parts, 1, std::min(rows, threads * 2));
    for (int64_t p = 0; p < parts; ++p)
      pieces.push_back({static_cast<int32_t>(t), rows * p / parts, rows * (p + 1) / parts});
  }
  const auto &kernels = bag_kernels();
  std::atomic<size_t> next{0};
  at::parallel_for(0, std::min<int64_t>(threads, static_cast<int64_t>(pieces.size())), 1, [&](int64_t, int64_t) {
    static thread_local Scratch scratch;
    for (size_t p = next.fetch_add(1); p < pieces.size(); p = next.fetch_add(1)) {
      const auto &table = tables.tables[pieces[p].table];
      const auto job = job_of(table, pieces[p], batch, gradients, scratch);
      table.before_change(job.pairs, job.count);
      kernels.update(job, table.rule_of(table.steps));
    }
  });
  for (size_t t = 0; t < tables.tables.size(); ++t) {
    const auto &table = tables.tables[t];
    if (!table.update || !counted[t])
      continue;
    const auto [rows, sums] = summed_rows(table, static_cast<int32_t>(t), batch, gradients);
    table.before_change(rows);
    table.update(rows, sums);
  }
}

at::Tensor sparse_gradient(const RowTable &table, int32_t number, const BagBatch &batch,
                           const std::vector<GradientOf> &gradients) {
  const auto [rows, sums] = summed_rows(table, number, batch, gradients);
  return at::_sparse_coo_tensor_unsafe(rows.unsqueeze(0), sums.to(table.weight.scalar_type()), {table.rows, table.dim},
                                       std::nullopt, std::nullopt, std::nullopt, std::nullopt, true);
}

} // namespace sr::embedding
