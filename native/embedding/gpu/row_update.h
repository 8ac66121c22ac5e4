// The update of one row: its summed gradient clipped, decayed and applied by the table's rule, as row_update_body.h
// does on the CPU.
#pragma once
#include "row_lookup.h"

namespace sr::gpu {

__device__ inline i64 key_at(const Call &call, i64 i) {
  return call.wide ? static_cast<const i64 *>(call.keys)[i] : static_cast<const int *>(call.keys)[i];
}

/// The gradients of the sorted items `from ..< to`, columns `column ..< column + V`, in their order.
template <int V> __device__ inline void sum_items(const Call &call, i64 from, i64 to, int column, float *sum) {
  constexpr int kAhead = V == 8 ? 2 : 4; // gradients on their way at a time
  i64 i = from;
  SR_ROLL
  for (; i + kAhead <= to; i += kAhead) {
    float x[kAhead][V], scale[kAhead];
    SR_UNROLL
    for (int a = 0; a < kAhead; ++a) {
      const i64 item = call.order[i + a];
      load<V>(reinterpret_cast<const float *>(call.sources[item]) + column, x[a]);
      scale[a] = call.scales[item];
    }
    SR_UNROLL
    for (int a = 0; a < kAhead; ++a)
      SR_UNROLL
    for (int v = 0; v < V; ++v)
      sum[v] += scale[a] * x[a][v];
  }
  SR_ROLL
  for (; i < to; ++i) {
    const i64 item = call.order[i];
    float x[V];
    load<V>(reinterpret_cast<const float *>(call.sources[item]) + column, x);
    SR_UNROLL
    for (int v = 0; v < V; ++v)
      sum[v] += call.scales[item] * x[v];
  }
}

__device__ inline float clipped(float g, float clip) { return g > clip ? clip : g < -clip ? -clip : g; }

/// The new state of a row-wise rule and the size of its step.
__device__ inline float row_step(const Rule &r, float before, float mean, bool writes, float *state) {
  float after, size;
  if (r.kind == kRowWiseAdagrad) {
    after = before + mean;
    size = r.learning_rate / (sqrtf(after) + r.epsilon);
  } else {
    after = r.beta2 * before + (1 - r.beta2) * mean;
    size = r.learning_rate * r.correction1 / (sqrtf(after * r.correction2) + r.epsilon);
  }
  if (writes)
    *state = after;
  return size;
}

/// sum(column, g) adds up the row's gradient from `column` on; every lane of the group calls it, equally often. Only
/// groups that `writes` change the row.
template <int C, int V, class Sum>
__device__ inline void update_row(const Table &table, i64 row, const Group &group, bool writes, const Sum &sum) {
  const Rule &r = table.rule;
  const int dim = table.dim, width = group.lanes * V;
  char *stored = table.rows + row * dim * kBytes<C>;
  float g[V] = {}, w[V] = {};

  // The gradient and the weights of this lane's columns from `base` on; zeros behind the last column.
  const auto take = [&](int base) {
    const int column = base + group.lane * V;
    SR_UNROLL
    for (int v = 0; v < V; ++v)
      g[v] = 0, w[v] = 0;
    sum(column, g);
    if (column >= dim)
      return;
    read_row<C, V>(stored, column, w);
    SR_UNROLL
    for (int v = 0; v < V; ++v) {
      if (r.clip > 0)
        g[v] = clipped(g[v], r.clip);
      if (r.l2 != 0)
        g[v] += r.l2 * w[v];
    }
  };

  const bool row_wise = r.kind == kRowWiseAdagrad || r.kind == kRowWiseAdam;
  float *const row_state = (r.kind == kRowWiseAdagrad ? table.first_state : table.second_state) + row;
  // Read before the lanes meet in total(), written behind it.
  const float before = row_wise ? *row_state : 0.0f;
  float squares = 0, size = 0; // size: of a row-wise rule's step
  const u32 noise = mixed(r.seed ^ mixed(static_cast<u32>(row)));

  // A row-wise rule goes twice over the columns: first for the mean square, then for the step.
  SR_ROLL
  for (int base = 0, pass = row_wise ? 0 : 1; pass < 2;) {
    if (!row_wise || pass == 0 || dim > width) // else g and w are still there
      take(base);
    const int column = base + group.lane * V;
    base += width;
    const bool last = base >= dim;
    if (pass == 0) {
      SR_UNROLL
      for (int v = 0; v < V; ++v)
        squares += g[v] * g[v];
      if (last) {
        size =
            row_step(r, before, group.total(squares) / static_cast<float>(dim), writes && group.lane == 0, row_state);
        base = 0;
        ++pass;
      }
      continue;
    }
    pass += last;
    if (!writes || column >= dim)
      continue;
    float m[V] = {}, s[V] = {};
    float *first = table.first_state + row * dim + column, *second = table.second_state + row * dim + column;
    if (r.kind == kAdagrad || r.kind >= kAdam)
      load<V>(first, m);
    if (r.kind == kAdam || r.kind == kAdamW)
      load<V>(second, s);
    SR_UNROLL
    for (int v = 0; v < V; ++v) {
      if (r.kind == kSGD) {
        w[v] -= r.learning_rate * g[v];
      } else if (r.kind == kAdagrad) {
        m[v] += g[v] * g[v];
        w[v] -= r.learning_rate * g[v] / (sqrtf(m[v]) + r.epsilon);
      } else if (r.kind == kRowWiseAdagrad) {
        w[v] -= size * g[v];
      } else if (r.kind == kRowWiseAdam) {
        m[v] = r.beta1 * m[v] + (1 - r.beta1) * g[v];
        w[v] = w[v] * r.keep - size * m[v];
      } else {
        m[v] = r.beta1 * m[v] + (1 - r.beta1) * g[v];
        s[v] = r.beta2 * s[v] + (1 - r.beta2) * g[v] * g[v];
        const float step = m[v] * r.correction1 / (sqrtf(s[v] * r.correction2) + r.epsilon);
        w[v] = w[v] * r.keep - r.learning_rate * step;
      }
    }
    if (r.kind == kAdagrad || r.kind >= kAdam)
      store<V>(first, m);
    if (r.kind == kAdam || r.kind == kAdamW)
      store<V>(second, s);
    write_row<C, V>(stored, column, w, r.stochastic != 0, noise);
  }
}

} // namespace sr::gpu
