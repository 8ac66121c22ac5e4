// The lookup of a collection and its autograd node.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "gpu/bags.h"
#include "guard.h"
#include "node.h"
#include "tables.h"

namespace {

namespace ag = torch::autograd;
using sr::InvalidArgument;
using sr::embedding::BagBatch;
using sr::embedding::Codec;
using sr::embedding::Feature;
using sr::embedding::GradientOf;
using sr::embedding::RowTable;
using sr::embedding::RowTables;

/// Outputs beyond this many bytes are written past the caches.
constexpr int64_t kStreamed = int64_t{8} << 20;

/// Outputs of one feature that one thread takes at a time.
struct Unit {
  int32_t feature;
  int64_t first, end;
};

std::vector<Unit> units_of(const RowTables &tables, const BagBatch &batch) {
  const auto bytes_of = [&](const Feature &f) { return batch.id_count(f) * tables.tables[f.table].row_bytes; };
  int64_t all = 0;
  for (const auto &feature : batch.features)
    all += bytes_of(feature);
  // Large enough for a long walk with rows on their way, small enough that the threads end together.
  const int64_t size = std::clamp<int64_t>(all / (int64_t{8} * at::get_num_threads()), 1 << 16, 1 << 22);
  std::vector<Unit> units;
  for (size_t f = 0; f < batch.features.size(); ++f) {
    const auto &feature = batch.features[f];
    const int64_t outputs = batch.outputs(feature);
    if (outputs == 0)
      continue;
    const int64_t pieces = std::clamp<int64_t>(bytes_of(feature) / size, 1, outputs);
    for (int64_t piece = 0; piece < pieces; ++piece)
      units.push_back({static_cast<int32_t>(f), outputs * piece / pieces, outputs * (piece + 1) / pieces});
  }
  return units;
}

/// Runs every unit once, on all threads, each taking the next free one.
template <class F> void run_units(int64_t count, const F &body) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(count, at::get_num_threads()), 1, [&](int64_t, int64_t) {
    for (int64_t u = next.fetch_add(1); u < count; u = next.fetch_add(1))
      body(u);
  });
}

std::vector<at::Tensor> look_up(const RowTables &tables, const BagBatch &batch, const std::vector<int64_t> &rows,
                                const std::vector<int64_t> &columns, SRBagFault *fault) {
  std::vector<at::Tensor> outputs;
  int64_t bytes = 0;
  for (size_t o = 0; o < rows.size(); ++o) {
    outputs.push_back(at::empty({rows[o], columns[o]}, at::TensorOptions().dtype(at::kFloat)));
    bytes += rows[o] * columns[o] * static_cast<int64_t>(sizeof(float));
  }
  const auto &kernels = sr::embedding::bag_kernels();
  const auto units = units_of(tables, batch);
  std::atomic<int64_t> faulty{-1}; // position of an id outside its table
  run_units(static_cast<int64_t>(units.size()), [&](int64_t u) {
    const auto &unit = units[u];
    const auto &feature = batch.features[unit.feature];
    const auto &table = tables.tables[feature.table];
    const int64_t stride = columns[feature.output];
    float *out = outputs[feature.output].data_ptr<float>() + feature.column;
    auto job = lookup_job(table, batch, feature, unit.first, unit.end, out, stride);
    job.stream = bytes > kStreamed && stride % 16 == 0 && feature.column % 16 == 0;
    const int64_t position = kernels.lookup[static_cast<int>(table.codec)](job);
    if (position >= 0) {
      int64_t none = -1;
      faulty.compare_exchange_strong(none, position * static_cast<int64_t>(batch.features.size()) + unit.feature);
    }
  });
  if (const int64_t found = faulty.load(); found >= 0) {
    const auto features = static_cast<int64_t>(batch.features.size());
    const auto &feature = batch.features[found % features];
    const int64_t position = found / features;
    *fault = {found % features, position - batch.first_id(feature), batch.id_data()[position]};
    throw InvalidArgument("id " + std::to_string(fault->id) + " is outside 0..<" +
                          std::to_string(tables.tables[feature.table].rows));
  }
  return outputs;
}

struct BagNode : ag::Node {
  std::shared_ptr<RowTables> tables;
  BagBatch batch;
  std::vector<int32_t> plain; // tables whose weight gets a sparse gradient, in the order of the edges
  bool weighted = false;      // the first edge is the weights'
  bool released = false;

  ag::variable_list apply(ag::variable_list &&gradients) override;
  void release_variables() override {
    batch.ids = batch.offsets = batch.weights = at::Tensor();
    released = true;
  }
  std::string name() const override { return "EmbeddingBagsBackward"; }
};

ag::variable_list BagNode::apply(ag::variable_list &&gradients) {
  if (released)
    throw std::runtime_error(
        "embedding collection: its graph was freed by an earlier backward; pass retainGraph to go through it twice");
  at::AutoDispatchBelowADInplaceOrView below;
  for (auto &g : gradients)
    if (g.defined())
      g = g.to(at::kFloat).contiguous();
  if (tables->launcher) {
    ag::variable_list results;
    if (weighted)
      results.push_back(sr::gpu::weight_gradient(*tables, batch, gradients)); // before the rows change
    sr::gpu::update_rows(*tables, batch, gradients);
    return results;
  }
  std::vector<GradientOf> of;
  for (const auto &feature : batch.features) {
    const auto &g = gradients[feature.output];
    of.push_back(g.defined() ? GradientOf{g.data_ptr<float>() + feature.column, g.size(1)} : GradientOf{nullptr, 0});
  }
  ag::variable_list results;
  if (weighted) {
    // Before the rows change.
    auto d = at::zeros_like(batch.weights);
    const auto &kernels = sr::embedding::bag_kernels();
    // A feature of several tables is added to by one thread.
    std::vector<int64_t> places;
    for (const auto &feature : batch.features)
      if (std::find(places.begin(), places.end(), feature.first_offset) == places.end())
        places.push_back(feature.first_offset);
    run_units(static_cast<int64_t>(places.size()), [&](int64_t place) {
      for (size_t f = 0; f < batch.features.size(); ++f) {
        const auto &feature = batch.features[f];
        if (feature.first_offset != places[place] || of[f].data == nullptr)
          continue;
        const auto &table = tables->tables[feature.table];
        kernels.weight_gradient(
            lookup_job(table, batch, feature, 0, batch.outputs(feature), const_cast<float *>(of[f].data), of[f].stride),
            table.codec, d.data_ptr<float>());
      }
    });
    results.push_back(std::move(d));
  }
  for (const int32_t t : plain)
    results.push_back(sparse_gradient(tables->tables[t], t, batch, of));
  update_rows(*tables, batch, of);
  return results;
}

at::Tensor ids_of(const SRTensor *handle, const char *what, at::ScalarType type, at::Device device) {
  const auto &t = sr::unwrap(handle);
  if (t.device() != device || t.dim() != 1 || t.scalar_type() != type)
    throw InvalidArgument(std::string(what) + " must be a one-dimensional " + c10::toString(type) + " tensor on " +
                          device.str() + ", got " + c10::toString(t.scalar_type()) + " on " + t.device().str());
  return t.contiguous();
}

void check(const BagBatch &batch, const RowTables &tables, const std::vector<int64_t> &rows,
           const std::vector<int64_t> &columns) {
  const int64_t count = batch.ids.numel();
  if (count > std::numeric_limits<uint32_t>::max())
    throw InvalidArgument(std::to_string(count) + " ids in one batch; at most 4294967295 are taken");
  if (batch.weights.defined() && batch.weights.numel() != count)
    throw InvalidArgument(std::to_string(batch.weights.numel()) + " weights for " + std::to_string(count) + " ids");
  for (const auto &f : batch.features) {
    if (f.table < 0 || f.table >= static_cast<int32_t>(tables.tables.size()) || f.output < 0 ||
        f.output >= static_cast<int32_t>(rows.size()) || f.bags < 0 || f.first_offset < 0 ||
        f.first_offset + f.bags >= batch.offsets.numel())
      throw InvalidArgument("a feature names a table, an output or offsets that are not there");
    if (f.column < 0 || f.column + tables.tables[f.table].dim > columns[f.output] ||
        (f.pooling != SR_POOL_NONE && f.bags > rows[f.output]))
      throw InvalidArgument("a feature does not fit into its output");
  }
}

/// What a launcher's survey looks at on its device.
void check_offsets(const BagBatch &batch, const std::vector<int64_t> &rows) {
  const int64_t *offsets = batch.offset_data();
  const int64_t count = batch.ids.numel();
  for (const auto &f : batch.features) {
    int64_t before = offsets[f.first_offset];
    bool sound = before >= 0;
    for (int64_t b = 1; b <= f.bags; ++b) {
      sound = sound && offsets[f.first_offset + b] >= before;
      before = offsets[f.first_offset + b];
    }
    if (!sound || before > count)
      throw InvalidArgument("the offsets of a feature fall, or go beyond the " + std::to_string(count) + " ids");
    if (batch.outputs(f) > rows[f.output])
      throw InvalidArgument("a feature does not fit into its output");
  }
}

} // namespace

namespace sr::embedding {

LookupJob lookup_job(const RowTable &table, const BagBatch &batch, const Feature &feature, int64_t first, int64_t end,
                     float *out, int64_t stride) {
  LookupJob job{};
  job.table = table.data();
  job.rows = table.rows;
  job.dim = table.dim;
  job.row_bytes = table.row_bytes;
  job.ids = batch.id_data();
  job.offsets = feature.pooling == SR_POOL_NONE ? nullptr : batch.offset_data() + feature.first_offset;
  job.start = batch.first_id(feature);
  job.weights = batch.weight_data();
  job.first = first;
  job.end = end;
  job.mean = feature.pooling == SR_POOL_MEAN;
  job.out = out;
  job.stride = stride;
  return job;
}

} // namespace sr::embedding

extern "C" int32_t sr_embedding_bags(SRRowTables *handle, const SRBagFeature *features, intptr_t feature_count,
                                     const SRTensor *ids, const SRTensor *offsets, const SRTensor *weights,
                                     const int64_t *rows, const int64_t *columns, intptr_t output_count,
                                     SRTensor **outputs, SRBagFault *fault) {
  *fault = {-1, -1, -1};
  SR_GUARD({
    auto &tables = handle->held;
    BagBatch batch;
    for (intptr_t f = 0; f < feature_count; ++f) {
      const auto &x = features[f];
      batch.features.push_back({x.table, x.pooling, x.bags, x.first_offset, x.output, x.column});
    }
    const auto device = tables->device();
    batch.ids = ids_of(ids, "ids", at::kLong, device);
    batch.offsets = ids_of(offsets, "offsets", at::kLong, device);
    at::Tensor weight_input;
    if (weights != nullptr) {
      weight_input = sr::unwrap(weights);
      batch.weights = ids_of(weights, "weights", at::kFloat, device).detach();
    }
    const std::vector<int64_t> row_counts(rows, rows + output_count), column_counts(columns, columns + output_count);
    check(batch, *tables, row_counts, column_counts);

    std::vector<at::Tensor> found;
    {
      at::AutoDispatchBelowADInplaceOrView below;
      if (tables->launcher) {
        found = sr::gpu::look_up(*tables, batch, row_counts, column_counts, fault);
      } else {
        check_offsets(batch, row_counts);
        found = look_up(*tables, batch, row_counts, column_counts, fault);
      }
    }
    if (c10::GradMode::is_enabled()) {
      auto node = sr::make_node<BagNode>();
      ag::variable_list inputs;
      node->weighted = weight_input.defined() && weight_input.requires_grad();
      if (node->weighted)
        inputs.push_back(weight_input);
      bool learns = node->weighted;
      for (size_t t = 0; t < tables->tables.size(); ++t) {
        const auto &table = tables->tables[t];
        learns = learns || table.rule.kind != SR_RULE_NONE;
        if (table.rule.kind == SR_RULE_NONE && table.weight.requires_grad()) {
          if (tables->launcher)
            throw InvalidArgument("a table without a rule gets its gradient by LibTorch's operators on this device");
          node->plain.push_back(static_cast<int32_t>(t));
          inputs.push_back(table.weight);
          learns = true;
        }
      }
      if (learns) {
        node->tables = tables;
        node->batch = std::move(batch);
        node->set_next_edges(ag::collect_next_edges(inputs));
        for (auto &output : found)
          ag::set_history(output, node);
      }
    }
    for (intptr_t o = 0; o < output_count; ++o)
      outputs[o] = sr::wrap(std::move(found[o]));
  });
}
