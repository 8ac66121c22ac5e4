#include "bags.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "guard.h"
#include "launcher.h"

namespace sr::gpu {
namespace {

static_assert(kFloat32 == static_cast<int>(embedding::Codec::float32) &&
              kBFloat16 == static_cast<int>(embedding::Codec::bfloat16));
static_assert(int{kSum} == int{SR_POOL_SUM} && int{kMean} == int{SR_POOL_MEAN} && int{kNone} == int{SR_POOL_NONE});
static_assert(int{kSGD} == int{SR_RULE_SGD} && int{kRowWiseAdam} == int{SR_RULE_ROW_WISE_ADAM});
static_assert(sizeof(i64) == sizeof(int64_t));

Rule rule_of(const embedding::RowRule &r) {
  return {static_cast<int>(r.kind),
          r.learning_rate,
          r.epsilon,
          r.beta1,
          r.beta2,
          r.correction1,
          r.correction2,
          r.l2,
          r.keep,
          r.clip,
          r.stochastic,
          r.seed};
}

bool aligned(const void *p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

/// What one launch needs, and how its blocks are dealt out.
struct Plan {
  std::vector<Table> tables;
  std::vector<Feature> features;
  i64 blocks = 0, survey_blocks = 0;

  explicit Plan(const RowTables &from) {
    i64 keys = 0;
    for (const auto &t : from.tables) {
      Table table{};
      table.rows = t.data();
      table.first_state = t.first_state.defined() ? t.first_state.data_ptr<float>() : nullptr;
      table.second_state = t.second_state.defined() ? t.second_state.data_ptr<float>() : nullptr;
      table.row_count = t.rows;
      table.first_key = keys;
      table.dim = static_cast<int>(t.dim);
      table.codec = static_cast<int>(t.codec);
      const int widest = t.codec == embedding::Codec::float32 ? 4 : 8; // columns in 16 bytes
      const bool whole = t.dim % widest == 0 && aligned(table.rows) && aligned(table.first_state) &&
                         (aligned(table.second_state) || t.rule.kind == SR_RULE_ROW_WISE_ADAM);
      set_vector(table, whole ? widest : 1, t.dim);
      keys += t.rows;
      tables.push_back(table);
    }
    wide = keys > std::numeric_limits<int32_t>::max();
  }

  /// `data` is the feature's first output, or the gradient of that.
  Feature &add(const embedding::Feature &f, float *data, i64 stride, i64 outputs, i64 capacity) {
    Feature feature{};
    feature.bags = f.bags;
    feature.first_offset = f.first_offset;
    feature.capacity = capacity;
    feature.first_item = -1;
    feature.data = data;
    feature.stride = stride;
    feature.table = f.table;
    feature.pooling = f.pooling;
    const auto &table = tables[f.table];
    set_vector(feature, table.vector > 1 && aligned(data) && stride % 4 == 0 ? table.vector : 1, table.dim);
    feature.first_block = blocks;
    feature.first_survey_block = survey_blocks;
    blocks += blocks_of(outputs, feature.lanes);
    survey_blocks += blocks_of(f.bags, kSurveyLanes);
    features.push_back(feature);
    return features.back();
  }

  /// Tables and features on the device, in `held`, and a call that names them.
  Call call(const BagBatch &batch, at::Tensor &held) const {
    const size_t table_bytes = tables.size() * sizeof(Table), feature_bytes = features.size() * sizeof(Feature);
    auto host = at::empty({static_cast<int64_t>(table_bytes + feature_bytes)}, at::kByte);
    char *bytes = static_cast<char *>(host.data_ptr());
    std::copy_n(reinterpret_cast<const char *>(tables.data()), table_bytes, bytes);
    std::copy_n(reinterpret_cast<const char *>(features.data()), feature_bytes, bytes + table_bytes);
    // CUDA has taken ordinary memory over when the call returns.
    held = host.to(batch.ids.device(), /*non_blocking=*/true);
    bytes = static_cast<char *>(held.data_ptr());
    Call call{};
    call.tables = reinterpret_cast<const Table *>(bytes);
    call.features = reinterpret_cast<const Feature *>(bytes + table_bytes);
    call.table_count = static_cast<i64>(tables.size());
    call.feature_count = static_cast<i64>(features.size());
    call.ids = reinterpret_cast<const i64 *>(batch.id_data());
    call.offsets = reinterpret_cast<const i64 *>(batch.offset_data());
    call.weights = batch.weight_data();
    call.id_count = batch.ids.numel();
    call.wide = wide;
    return call;
  }

  static i64 blocks_of(i64 groups, int lanes) { return (groups * lanes + kBlock - 1) / kBlock; }

  bool wide = false; // whether keys need 64 bits

private:
  template <class T> static void set_vector(T &entry, int vector, int64_t dim) {
    entry.vector = vector;
    const auto pieces = static_cast<uint64_t>((dim + vector - 1) / vector);
    entry.lanes = static_cast<int>(std::min<uint64_t>(32, std::bit_ceil(pieces)));
  }
};

at::Tensor zeros_like_ids(const BagBatch &batch, int64_t count, at::ScalarType type) {
  return at::zeros({count}, batch.ids.options().dtype(type));
}

/// Adds a feature with the gradient of its outputs.
Feature &add_gradient(Plan &plan, const BagBatch &batch, size_t f, const at::Tensor &gradient) {
  const auto &feature = batch.features[f];
  const auto [first, end] = batch.ends[f];
  const i64 outputs = feature.pooling == SR_POOL_NONE ? end - first : feature.bags;
  auto &added = plan.add(feature, gradient.data_ptr<float>() + feature.column, gradient.size(1), outputs, outputs);
  added.first_id = first;
  added.id_count = end - first;
  return added;
}

} // namespace

std::vector<at::Tensor> look_up(const RowTables &tables, BagBatch &batch, const std::vector<int64_t> &rows,
                                const std::vector<int64_t> &columns, SRBagFault *fault) {
  const auto options = batch.ids.options();
  std::vector<at::Tensor> outputs;
  for (size_t o = 0; o < rows.size(); ++o)
    outputs.push_back(at::empty({rows[o], columns[o]}, options.dtype(at::kFloat)));
  Plan plan(tables);
  for (const auto &f : batch.features) {
    const i64 room = f.pooling == SR_POOL_NONE ? rows[f.output] : f.bags;
    plan.add(f, outputs[f.output].data_ptr<float>() + f.column, columns[f.output], room, room);
  }
  const auto features = static_cast<int64_t>(batch.features.size());
  // All ones: no fault; a feature without bags has no ends.
  auto report = at::full({2 + 2 * features}, -1, options);
  at::Tensor held;
  auto call = plan.call(batch, held);
  call.report = reinterpret_cast<u64 *>(report.data_ptr<int64_t>());
  tables.launcher->launch(Kernel::survey, plan.survey_blocks, call);
  // Enqueued before the report is read: it does nothing where the survey found a fault.
  tables.launcher->launch(Kernel::look_up, plan.blocks, call);

  const auto seen = report.cpu();
  const int64_t *word = seen.data_ptr<int64_t>();
  if (word[0] >= 0) {
    const auto &f = batch.features[word[0]];
    throw InvalidArgument("the offsets of feature " + std::to_string(word[0]) + " fall, go beyond the " +
                          std::to_string(call.id_count) + " ids, or hold more ids than the " +
                          std::to_string(f.pooling == SR_POOL_NONE ? rows[f.output] : call.id_count) +
                          " that there is room for");
  }
  if (word[1] >= 0) {
    const int64_t f = word[1] >> 32, position = word[1] & 0xffffffff;
    const auto id = batch.ids[word[2 + 2 * f] + position].item<int64_t>();
    *fault = {f, position, id};
    throw InvalidArgument("id " + std::to_string(id) + " is outside 0..<" +
                          std::to_string(tables.tables[batch.features[f].table].rows));
  }
  batch.ends.clear();
  for (int64_t f = 0; f < features; ++f)
    batch.ends.emplace_back(std::max<int64_t>(0, word[2 + 2 * f]), std::max<int64_t>(0, word[3 + 2 * f]));
  return outputs;
}

at::Tensor weight_gradient(const RowTables &tables, const BagBatch &batch, const std::vector<at::Tensor> &gradients) {
  auto sums = zeros_like_ids(batch, batch.ids.numel(), at::kFloat);
  // A feature that is looked up in several tables is added to in turn, a launch each: so no two threads meet.
  std::vector<bool> done(batch.features.size());
  for (;;) {
    Plan plan(tables);
    std::vector<int64_t> taken;
    for (size_t f = 0; f < batch.features.size(); ++f) {
      const auto &feature = batch.features[f];
      const auto &gradient = gradients[feature.output];
      const int64_t place = feature.first_offset;
      if (done[f] || !gradient.defined() || std::find(taken.begin(), taken.end(), place) != taken.end())
        continue;
      done[f] = true;
      taken.push_back(place);
      add_gradient(plan, batch, f, gradient);
    }
    if (taken.empty())
      return sums;
    at::Tensor held;
    auto call = plan.call(batch, held);
    call.weight_gradient = sums.data_ptr<float>();
    tables.launcher->launch(Kernel::weight_gradient, plan.blocks, call);
  }
}

void update_rows(RowTables &tables, const BagBatch &batch, const std::vector<at::Tensor> &gradients) {
  Plan plan(tables);
  i64 items = 0, blocks = 0;
  for (size_t t = 0; t < tables.tables.size(); ++t) {
    auto &table = plan.tables[t];
    auto &owner = tables.tables[t];
    table.first_item = items;
    bool counted = false;
    for (size_t f = 0; f < batch.features.size(); ++f) {
      const auto &gradient = gradients[batch.features[f].output];
      if (batch.features[f].table != static_cast<int32_t>(t) || owner.rule.kind == SR_RULE_NONE || !gradient.defined())
        continue;
      auto &added = add_gradient(plan, batch, f, gradient);
      added.first_item = items;
      items += added.id_count;
      if (owner.touched.defined())
        owner.touched.index_fill_(
            0, batch.ids.narrow(0, batch.ends[f].first, batch.ends[f].second - batch.ends[f].first), 1);
      // All uses of a row are read alike.
      if (added.vector < table.vector)
        table.vector = added.vector, table.lanes = added.lanes;
      counted = true;
    }
    // A backward counts for a table also when the batch has no id for it, as on the CPU.
    owner.steps += counted;
    table.items = items - table.first_item;
    table.rule = rule_of(owner.rule_of(owner.steps));
    table.first_block = blocks;
    blocks += Plan::blocks_of(table.items, table.lanes);
  }
  if (items == 0)
    return;
  auto keys = at::empty({items}, batch.ids.options().dtype(plan.wide ? at::kLong : at::kInt));
  auto sources = at::empty({items}, batch.ids.options());
  auto scales = at::empty({items}, batch.ids.options().dtype(at::kFloat));
  auto long_rows = zeros_like_ids(batch, 2 + items / kLong, at::kLong);
  at::Tensor held;
  auto call = plan.call(batch, held);
  call.keys = keys.data_ptr();
  call.sources = reinterpret_cast<u64 *>(sources.data_ptr<int64_t>());
  call.scales = scales.data_ptr<float>();
  tables.launcher->launch(Kernel::items, plan.blocks, call);

  // Stable: the gradients of a row are summed in the order of the batch.
  const auto [sorted, order] = at::sort(keys, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  call.keys = sorted.data_ptr();
  call.order = reinterpret_cast<const i64 *>(order.data_ptr<int64_t>());
  call.long_rows = reinterpret_cast<u64 *>(long_rows.data_ptr<int64_t>());
  tables.launcher->launch(Kernel::update, blocks, call);
  if (items > kLong)
    tables.launcher->launch(Kernel::update_long, std::min<i64>(items / kLong, 1024), call);
}

} // namespace sr::gpu
