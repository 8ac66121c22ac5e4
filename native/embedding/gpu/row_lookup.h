// Lookup kernels: the survey of a batch, the pooling of its bags, and the gradient of the weights.
#pragma once
#include "row_formats.h"

namespace sr::gpu {

/// The threads that work on one bag or row: a warp, or a part of one.
struct Group {
  int lanes, lane;
  int index; // in the block
  u32 mask;

  __device__ explicit Group(int lanes) : lanes(lanes), lane(threadIdx.x % lanes), index(threadIdx.x / lanes) {
    const u32 ones = lanes == 32 ? 0xffffffffu : (1u << lanes) - 1;
    mask = ones << (threadIdx.x % 32 / lanes * lanes);
  }
  __device__ int count() const { return kBlock / lanes; }
  /// The sum over all lanes, the same bits in each of them.
  __device__ float total(float x) const {
    for (int distance = lanes / 2; distance > 0; distance /= 2)
      x += __shfl_xor_sync(mask, x, distance);
    return x;
  }
};

/// The last of `count` entries whose first block is not behind `block`.
template <class Entry, class First>
__device__ inline int owner_of(const Entry *entries, i64 count, i64 block, First first) {
  i64 low = 0, high = count - 1;
  while (low < high) {
    const i64 middle = (low + high + 1) / 2;
    if (first(entries[middle]) <= block)
      low = middle;
    else
      high = middle - 1;
  }
  return static_cast<int>(low);
}

/// The ids of one output.
struct Bag {
  i64 from, to;
  __device__ float mean(int pooling) const {
    return pooling == kMean && to > from ? 1.0f / static_cast<float>(to - from) : 1.0f;
  }
};

/// `C` and `V` of a table, chosen once a group: calls body(codec, vector) with both as constants.
template <int N> struct Constant { static constexpr int value = N; };
template <class Body> __device__ inline void dispatch(int codec, int vector, const Body &body) {
  if (codec == kFloat32) {
    if (vector > 1)
      body(Constant<kFloat32>(), Constant<4>());
    else
      body(Constant<kFloat32>(), Constant<1>());
  } else if (codec == kFloat16) {
    if (vector > 1)
      body(Constant<kFloat16>(), Constant<8>());
    else
      body(Constant<kFloat16>(), Constant<1>());
  } else {
    if (vector > 1)
      body(Constant<kBFloat16>(), Constant<8>());
    else
      body(Constant<kBFloat16>(), Constant<1>());
  }
}

/// Columns `lane * V + ...` of one output.
template <int C, int V>
__device__ inline void pool(const Call &call, const Table &table, const Feature &feature, const Bag &bag,
                            const Group &group, float *out) {
  constexpr int kAhead = V == 8 ? 2 : 4; // rows on their way at a time
  const i64 row_bytes = table.dim * kBytes<C>;
  const float mean = bag.mean(feature.pooling);
  const bool weighted = call.weights != nullptr;
  SR_ROLL
  for (int column = group.lane * V; column < table.dim; column += group.lanes * V) {
    float sum[V] = {};
    i64 p = bag.from;
    SR_ROLL
    for (; p + kAhead <= bag.to; p += kAhead) {
      float x[kAhead][V];
      SR_UNROLL
      for (int a = 0; a < kAhead; ++a)
        read_row<C, V>(table.rows + call.ids[p + a] * row_bytes, column, x[a]);
      SR_UNROLL
      for (int a = 0; a < kAhead; ++a) {
        const float factor = weighted ? call.weights[p + a] : 1.0f;
        SR_UNROLL
        for (int i = 0; i < V; ++i)
          sum[i] += factor * x[a][i];
      }
    }
    SR_ROLL
    for (; p < bag.to; ++p) {
      float x[V];
      read_row<C, V>(table.rows + call.ids[p] * row_bytes, column, x);
      const float factor = weighted ? call.weights[p] : 1.0f;
      SR_UNROLL
      for (int i = 0; i < V; ++i)
        sum[i] += factor * x[i];
    }
    SR_UNROLL
    for (int i = 0; i < V; ++i)
      sum[i] *= mean;
    store<V>(out + column, sum);
  }
}

/// The product of a row and a gradient, in every lane.
template <int C, int V>
__device__ inline float row_dot(const Table &table, i64 row, const float *gradient, const Group &group) {
  float sum = 0;
  SR_ROLL
  for (int column = group.lane * V; column < table.dim; column += group.lanes * V) {
    float x[V], g[V];
    read_row<C, V>(table.rows + row * table.dim * kBytes<C>, column, x);
    load<V>(gradient + column, g);
    SR_UNROLL
    for (int i = 0; i < V; ++i)
      sum += x[i] * g[i];
  }
  return group.total(sum);
}

/// The bag of one group's output in backward, where the ids of each feature are known; empty behind the last.
__device__ inline Bag backward_bag(const Call &call, const Feature &feature, i64 output) {
  Bag bag{0, 0};
  if (feature.pooling == kNone) {
    bag.from = feature.first_id + output;
    bag.to = output < feature.id_count ? bag.from + 1 : bag.from;
  } else if (output < feature.bags) {
    bag.from = call.offsets[feature.first_offset + output];
    bag.to = call.offsets[feature.first_offset + output + 1];
  }
  return bag;
}

} // namespace sr::gpu
