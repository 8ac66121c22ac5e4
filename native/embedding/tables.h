// The tables of a collection: rows, optimiser state and rule, and how a batch is looked up in them and updated.
#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bag_kernels.h"
#include "row_snapshot.h"
#include "swiftrec/embedding_bags.h"

namespace sr::gpu {
struct Launcher;
}

namespace sr::embedding {

struct RowTable {
  at::Tensor weight; // [rows, dim], or [rows, row bytes] uint8 where quantised
  at::Tensor first_state, second_state;
  Codec codec;
  int64_t rows, dim, row_bytes;
  SRRowRule rule;
  int64_t steps = 0; // updates so far
  /// Where set, backward hands the rows of the batch and their summed gradients over, and changes nothing itself.
  std::function<void(const at::Tensor &rows, const at::Tensor &sums)> update;
  /// Where defined, [rows] uint8 on the table's device: 1 for a row that backward has changed.
  at::Tensor touched;
  /// Of the weight or a state, while somebody reads them. CPU kernels only.
  std::vector<std::shared_ptr<RowSnapshot>> snapshots;

  /// Notes the rows of sorted pairs, or rising rows, and keeps what they hold for the snapshots.
  void before_change(const uint64_t *pairs, int64_t count) const;
  void before_change(const at::Tensor &rows) const;
  void drop_ended_snapshots();

  char *data() const { return static_cast<char *>(weight.data_ptr()); }
  /// The rule of update number `step`.
  RowRule rule_of(int64_t step) const;
};

struct RowTables {
  std::vector<RowTable> tables;
  /// Null: the CPU's kernels serve the tables.
  std::shared_ptr<const gpu::Launcher> launcher;

  at::Device device() const { return tables.empty() ? at::Device(at::kCPU) : tables[0].weight.device(); }
};

/// A feature of one batch.
struct Feature {
  int32_t table;
  SRPooling pooling;
  int64_t bags;
  int64_t first_offset; // of its first bag, in `offsets`
  int32_t output;
  int64_t column;
};

struct BagBatch {
  std::vector<Feature> features;
  at::Tensor ids, offsets, weights; // int64 [N], int64 [F * B + 1], float32 [N] or undefined
  /// Where each feature's ids begin and end: known from the lookup where a launcher serves the tables.
  std::vector<std::pair<int64_t, int64_t>> ends;

  const int64_t *id_data() const { return ids.data_ptr<int64_t>(); }
  const int64_t *offset_data() const { return offsets.data_ptr<int64_t>(); }
  const float *weight_data() const { return weights.defined() ? weights.data_ptr<float>() : nullptr; }
  int64_t first_id(const Feature &f) const { return offset_data()[f.first_offset]; }
  int64_t id_count(const Feature &f) const {
    return offset_data()[f.first_offset + f.bags] - offset_data()[f.first_offset];
  }
  /// Outputs of the feature: bags, or ids where nothing is pooled.
  int64_t outputs(const Feature &f) const { return f.pooling == SR_POOL_NONE ? id_count(f) : f.bags; }
};

/// The job of outputs `first ..< end` of a feature; `out` is the feature's first output.
LookupJob lookup_job(const RowTable &table, const BagBatch &batch, const Feature &feature, int64_t first, int64_t end,
                     float *out, int64_t stride);

/// Where the gradients of a feature's outputs stand.
struct GradientOf {
  const float *data;
  int64_t stride;
};

/// Sums the gradients of every row that the batch names and applies each table's rule. Each table's count of updates
/// rises by one.
void update_rows(RowTables &tables, const BagBatch &batch, const std::vector<GradientOf> &gradients);

/// The gradient of one table as coalesced sparse rows.
at::Tensor sparse_gradient(const RowTable &table, int32_t number, const BagBatch &batch,
                           const std::vector<GradientOf> &gradients);

} // namespace sr::embedding

/// Shared with the graph nodes of the batches under way.
struct SRRowTables {
  std::shared_ptr<sr::embedding::RowTables> held;
};

namespace sr::embedding {

/// Throws InvalidArgument for a table that is not there.
RowTable &table_at(const SRRowTables *handle, intptr_t index);

} // namespace sr::embedding
