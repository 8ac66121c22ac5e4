// Embedding lookup and update on a GPU: compiled by NVRTC for the device at hand, and as C++ by the emulator
// (emulator.cpp), which runs the same source on the CPU for the tests.
//
// One launch serves all tables of a collection. A block belongs to one feature (one table in the update); its threads
// form groups of as many lanes as a row has pieces of 16 bytes, at most a warp.
#include "row_update.h"

using namespace sr::gpu;

extern "C" {

/// Looks at every offset and id before a row is touched. A group of kSurveyLanes a bag.
__global__ void __launch_bounds__(kBlock) rows_survey(Call call) {
  const int f = owner_of(call.features, call.feature_count, blockIdx.x,
                         [](const Feature &feature) { return feature.first_survey_block; });
  const Feature &feature = call.features[f];
  const Group group(kSurveyLanes);
  const i64 bag = (blockIdx.x - feature.first_survey_block) * group.count() + group.index;
  if (bag >= feature.bags)
    return;
  const i64 *offsets = call.offsets + feature.first_offset;
  const i64 from = offsets[bag], to = offsets[bag + 1];
  if (group.lane == 0 && bag == 0)
    call.report[2 + 2 * f] = static_cast<u64>(from);
  if (group.lane == 0 && bag == feature.bags - 1)
    call.report[3 + 2 * f] = static_cast<u64>(to);
  // Each bag stands where the one before it ends, so that bags which are all sound rise together.
  if (from < 0 || to < from || to > call.id_count) {
    if (group.lane == 0)
      atomicMin(call.report, static_cast<u64>(f));
    return;
  }
  if (feature.pooling == kNone && to - offsets[0] > feature.capacity) {
    if (group.lane == 0)
      atomicMin(call.report, static_cast<u64>(f));
    return;
  }
  const u64 rows = static_cast<u64>(call.tables[feature.table].row_count);
  for (i64 p = from + group.lane; p < to; p += group.lanes)
    if (static_cast<u64>(call.ids[p]) >= rows)
      atomicMin(call.report + 1, static_cast<u64>(f) << 32 | static_cast<u64>(p - offsets[0]));
}

/// A group an output. Nothing is read when the survey found a fault.
__global__ void __launch_bounds__(kBlock) rows_look_up(Call call) {
  if (call.report[0] != ~u64(0) || call.report[1] != ~u64(0))
    return;
  const int f = owner_of(call.features, call.feature_count, blockIdx.x,
                         [](const Feature &feature) { return feature.first_block; });
  const Feature &feature = call.features[f];
  const Table &table = call.tables[feature.table];
  const Group group(feature.lanes);
  const i64 output = (blockIdx.x - feature.first_block) * group.count() + group.index;
  Bag bag;
  if (feature.pooling == kNone) {
    if (feature.bags == 0)
      return;
    bag.from = static_cast<i64>(call.report[2 + 2 * f]) + output;
    bag.to = bag.from + 1;
    if (bag.to > static_cast<i64>(call.report[3 + 2 * f]))
      return;
  } else {
    if (output >= feature.bags)
      return;
    bag.from = call.offsets[feature.first_offset + output];
    bag.to = call.offsets[feature.first_offset + output + 1];
  }
  float *out = feature.data + output * feature.stride;
  dispatch(table.codec, feature.vector, [&](auto codec, auto vector) {
    pool<decltype(codec)::value, decltype(vector)::value>(call, table, feature, bag, group, out);
  });
}

/// Adds to weight_gradient[p]: the row of id p times the gradient of its bag.
__global__ void __launch_bounds__(kBlock) rows_weight_gradient(Call call) {
  const Feature &feature = call.features[owner_of(call.features, call.feature_count, blockIdx.x,
                                                  [](const Feature &feature) { return feature.first_block; })];
  const Table &table = call.tables[feature.table];
  const Group group(feature.lanes);
  const i64 output = (blockIdx.x - feature.first_block) * group.count() + group.index;
  const Bag bag = backward_bag(call, feature, output);
  const float *gradient = feature.data + output * feature.stride;
  dispatch(table.codec, feature.vector, [&](auto codec, auto vector) {
    SR_ROLL
    for (i64 p = bag.from; p < bag.to; ++p) {
      const float dot = row_dot<decltype(codec)::value, decltype(vector)::value>(table, call.ids[p], gradient, group);
      if (group.lane == 0)
        call.weight_gradient[p] += bag.mean(feature.pooling) * dot;
    }
  });
}

/// Writes the items of every feature that updates rows: key, address of the gradient and factor.
__global__ void __launch_bounds__(kBlock) rows_items(Call call) {
  const Feature &feature = call.features[owner_of(call.features, call.feature_count, blockIdx.x,
                                                  [](const Feature &feature) { return feature.first_block; })];
  if (feature.first_item < 0)
    return;
  const Group group(feature.lanes);
  const i64 output = (blockIdx.x - feature.first_block) * group.count() + group.index;
  const Bag bag = backward_bag(call, feature, output);
  const float mean = bag.mean(feature.pooling);
  const i64 first_key = call.tables[feature.table].first_key;
  for (i64 p = bag.from + group.lane; p < bag.to; p += group.lanes) {
    const i64 item = feature.first_item + p - feature.first_id;
    const i64 key = first_key + call.ids[p];
    if (call.wide)
      static_cast<i64 *>(call.keys)[item] = key;
    else
      static_cast<int *>(call.keys)[item] = static_cast<int>(key);
    call.sources[item] = reinterpret_cast<u64>(feature.data + output * feature.stride);
    call.scales[item] = call.weights != nullptr ? call.weights[p] * mean : mean;
  }
}

/// A group a sorted item: the first item of each row sums all of the row's gradients and applies the rule. Rows with
/// more than kLong uses are left to rows_update_long.
__global__ void __launch_bounds__(kBlock, 5) rows_update(Call call) {
  const int t =
      owner_of(call.tables, call.table_count, blockIdx.x, [](const Table &table) { return table.first_block; });
  const Table &table = call.tables[t];
  const Group group(table.lanes);
  const i64 first = table.first_item + (blockIdx.x - table.first_block) * group.count() + group.index;
  const i64 end = table.first_item + table.items;
  if (first >= end)
    return;
  const i64 key = key_at(call, first);
  if (first > table.first_item && key_at(call, first - 1) == key)
    return;
  if (first + kLong < end && key_at(call, first + kLong) == key) {
    if (group.lane == 0)
      call.long_rows[1 + atomicAdd(call.long_rows, u64(1))] = static_cast<u64>(t) << 32 | static_cast<u64>(first);
    return;
  }
  i64 behind = first + 1;
  SR_ROLL
  while (behind < end && key_at(call, behind) == key)
    ++behind;
  dispatch(table.codec, table.vector, [&](auto codec, auto vector) {
    constexpr int V = decltype(vector)::value;
    update_row<decltype(codec)::value, V>(table, key - table.first_key, group, true, [&](int column, float *g) {
      if (column < table.dim)
        sum_items<V>(call, first, behind, column, g);
    });
  });
}

/// A block a row: its groups sum equal parts, which are added up in their order, so that the same batch gives the same
/// bits whatever block comes first.
__global__ void __launch_bounds__(kBlock) rows_update_long(Call call) {
  __shared__ float parts[kBlock * 8];
  SR_ROLL
  for (u64 n = blockIdx.x; n < call.long_rows[0]; n += gridDim.x) {
    const u64 entry = call.long_rows[1 + n];
    const Table &table = call.tables[entry >> 32];
    const i64 first = static_cast<i64>(entry & 0xffffffffu);
    const i64 key = key_at(call, first);
    i64 behind = first + kLong, last = table.first_item + table.items;
    while (behind < last) {
      const i64 middle = (behind + last) / 2;
      if (key_at(call, middle) == key)
        behind = middle + 1;
      else
        last = middle;
    }
    const Group group(table.lanes);
    const i64 count = behind - first;
    const i64 from = first + count * group.index / group.count(),
              to = first + count * (group.index + 1) / group.count();
    dispatch(table.codec, table.vector, [&](auto codec, auto vector) {
      constexpr int V = decltype(vector)::value;
      update_row<decltype(codec)::value, V>(table, key - table.first_key, group, group.index == 0,
                                            [&](int column, float *g) {
                                              float *part = parts + threadIdx.x * V;
                                              if (column < table.dim)
                                                sum_items<V>(call, from, to, column, g);
                                              SR_UNROLL
                                              for (int v = 0; v < V; ++v)
                                                part[v] = g[v];
                                              __syncthreads();
                                              // Every group adds them up, so that all of them meet in total() with the
                                              // same numbers.
                                              SR_UNROLL
                                              for (int v = 0; v < V; ++v)
                                                g[v] = 0;
                                              SR_ROLL
                                              for (int other = 0; other < group.count(); ++other) {
                                                SR_UNROLL
                                                for (int v = 0; v < V; ++v)
                                                  g[v] += parts[(other * group.lanes + group.lane) * V + v];
                                              }
                                              __syncthreads();
                                            });
    });
  }
}

} // extern "C"
