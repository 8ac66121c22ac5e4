// Adam over the rows of a batch: lazily (only those rows), or densely without a dense gradient.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "flush_denormals.h"
#include "guard.h"
#include "kernels.h"
#include "row_grouping.h"
#include "swiftrec/embedding.h"

namespace {

using sr::embedding::AdamStep;
using sr::embedding::RowGrouping;

struct Table {
  at::Tensor ids, gradients; // kept alive while the kernel runs
  float *w, *m, *v;
  const float *g;
  int64_t rows, dim, stride; // stride: floats from one gradient row to the next
  size_t grouping;
};

float *data_of(const SRTensor *handle, const char *name, const at::Tensor &weight) {
  const auto &t = sr::unwrap(handle);
  if (t.scalar_type() != at::kFloat || !t.device().is_cpu() || !t.is_contiguous() || t.sizes() != weight.sizes())
    throw sr::InvalidArgument(std::string(name) + " must be a contiguous float32 CPU tensor of the weight's shape");
  return t.data_ptr<float>();
}

/// The constants of one step. Dense Adam corrects sqrt(v) before epsilon is added, SparseAdam folds the correction into
/// the step size.
AdamStep step_of(const SRRowAdam &o, bool dense) {
  const double step = static_cast<double>(o.step);
  const double correction1 = 1 - std::pow(o.beta1, step), correction2 = std::sqrt(1 - std::pow(o.beta2, step));
  AdamStep s;
  s.beta1 = static_cast<float>(o.beta1);
  s.keep1 = static_cast<float>(1 - o.beta1);
  s.beta2 = static_cast<float>(o.beta2);
  s.keep2 = static_cast<float>(1 - o.beta2);
  s.epsilon = static_cast<float>(o.epsilon);
  s.l2 = static_cast<float>(o.l2);
  s.decay = static_cast<float>(1 - o.learning_rate * o.weight_decay);
  s.size = static_cast<float>(dense ? o.learning_rate / correction1 : o.learning_rate * correction2 / correction1);
  s.scale = static_cast<float>(dense ? 1 / correction2 : 1);
  return s;
}

/// Sums the gradient rows of one slot; a row that stands alone is used in place.
const float *summed(const Table &t, const RowGrouping &group, int64_t slot, float *sum,
                    const sr::embedding::Kernels &k) {
  int32_t position = group.first[slot];
  const float *gradient = t.g + position * t.stride;
  if (group.next[position] < 0)
    return gradient;
  std::memcpy(sum, gradient, t.dim * sizeof(float));
  for (position = group.next[position]; position >= 0; position = group.next[position])
    k.add(sum, t.g + position * t.stride, t.dim);
  return sum;
}

/// Rows that a batch names, across all tables in one parallel region.
void update_named_rows(const std::vector<Table> &tables, const std::vector<RowGrouping> &groups, const AdamStep &step) {
  const auto &k = sr::embedding::kernels();
  std::vector<int64_t> start{0};
  int64_t widest = 1, floats = 0;
  for (const auto &t : tables) {
    start.push_back(start.back() + groups[t.grouping].unique());
    widest = std::max(widest, t.dim);
    floats += groups[t.grouping].unique() * t.dim;
  }
  const int64_t all = start.back();
  const int64_t grain = std::max<int64_t>(1, all * 16384 / std::max<int64_t>(1, floats));
  at::parallel_for(0, all, grain, [&](int64_t begin, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    std::vector<float> sum(widest);
    for (size_t i = 0; i < tables.size(); ++i) {
      const auto &t = tables[i];
      const auto &group = groups[t.grouping];
      const int64_t stop = std::min(end, start[i + 1]) - start[i];
      for (int64_t slot = std::max(begin, start[i]) - start[i]; slot < stop; ++slot) {
        if (slot + 4 < stop) {
          const int64_t ahead = group.row[slot + 4] * t.dim;
          __builtin_prefetch(t.w + ahead, 1);
          __builtin_prefetch(t.m + ahead, 1);
          __builtin_prefetch(t.v + ahead, 1);
        }
        const float *gradient = summed(t, group, slot, sum.data(), k);
        const int64_t at = group.row[slot] * t.dim;
        k.adam(t.w + at, t.m + at, t.v + at, gradient, t.dim, step);
      }
    }
  });
}

/// Every row of one table: those without a gradient take a step with zero.
void update_all_rows(const Table &t, const RowGrouping &group, const AdamStep &step) {
  const auto &k = sr::embedding::kernels();
  std::vector<int32_t> slot_of(t.rows, -1);
  for (int64_t slot = 0; slot < group.unique(); ++slot)
    slot_of[group.row[slot]] = static_cast<int32_t>(slot);
  at::parallel_for(0, t.rows, std::max<int64_t>(1, 16384 / t.dim), [&](int64_t begin, int64_t end) {
    const sr::embedding::FlushDenormals flush;
    std::vector<float> sum(t.dim);
    for (int64_t row = begin; row < end;) {
      const int64_t at = row * t.dim;
      if (slot_of[row] >= 0) {
        k.adam(t.w + at, t.m + at, t.v + at, summed(t, group, slot_of[row], sum.data(), k), t.dim, step);
        ++row;
        continue;
      }
      const int64_t from = row;
      while (row < end && slot_of[row] < 0)
        ++row;
      k.adam_idle(t.w + at, t.m + at, t.v + at, (row - from) * t.dim, step);
    }
  });
}

} // namespace

extern "C" int32_t sr_row_adam(SRTensor *const *weights, SRTensor *const *exp_avgs, SRTensor *const *exp_avg_sqs,
                               const SRTensor *const *ids, const SRTensor *const *gradients, intptr_t count,
                               SRRowAdam o) {
  SR_GUARD({
    // Kept between calls: a step every millisecond should not ask for this memory each time.
    static thread_local std::vector<RowGrouping> kept_groups;
    auto &groups = kept_groups;
    if (groups.size() < static_cast<size_t>(count))
      groups.resize(count);
    std::vector<Table> tables;
    for (intptr_t i = 0; i < count; ++i) {
      const auto &weight = sr::unwrap(weights[i]);
      if (weight.dim() != 2 || weight.size(1) == 0)
        throw sr::InvalidArgument("Adam over rows needs a [rows, dim] weight");
      Table t;
      t.rows = weight.size(0);
      t.dim = weight.size(1);
      t.w = data_of(weights[i], "the weight", weight);
      t.m = data_of(exp_avgs[i], "exp_avg", weight);
      t.v = data_of(exp_avg_sqs[i], "exp_avg_sq", weight);
      t.ids = sr::unwrap(ids[i]).contiguous();
      t.gradients = sr::unwrap(gradients[i]);
      const int64_t n = t.ids.numel();
      if (t.ids.scalar_type() != at::kLong || !t.ids.device().is_cpu() || !t.gradients.device().is_cpu() ||
          t.gradients.numel() != n * t.dim)
        throw sr::InvalidArgument("Adam over rows needs int64 ids [n] and gradients [n, dim] on the CPU");
      t.gradients = t.gradients.to(at::kFloat).reshape({n, t.dim});
      if (t.gradients.stride(1) != 1)
        t.gradients = t.gradients.contiguous();
      t.g = t.gradients.data_ptr<float>();
      t.stride = t.gradients.stride(0);
      t.grouping = static_cast<size_t>(i);
      for (const auto &other : tables)
        if (other.ids.data_ptr() == t.ids.data_ptr() && other.ids.numel() == n && other.rows == t.rows)
          t.grouping = other.grouping;
      if (t.grouping == static_cast<size_t>(i))
        groups[i].build(t.ids.data_ptr<int64_t>(), n, t.rows, "row");
      tables.push_back(std::move(t));
    }
    const AdamStep s = step_of(o, o.all_rows);
    if (o.all_rows) {
      for (const auto &t : tables)
        update_all_rows(t, groups[t.grouping], s);
    } else {
      update_named_rows(tables, groups, s);
    }
  });
}

extern "C" int32_t sr_dense_adam(SRTensor *const *weights, SRTensor *const *exp_avgs, SRTensor *const *exp_avg_sqs,
                                 const SRTensor *const *gradients, intptr_t count, SRRowAdam o) {
  SR_GUARD({
    struct Part {
      float *w, *m, *v;
      const float *g;
    };
    std::vector<Part> parts;
    std::vector<int64_t> start{0};
    for (intptr_t i = 0; i < count; ++i) {
      const auto &weight = sr::unwrap(weights[i]);
      parts.push_back({data_of(weights[i], "the weight", weight), data_of(exp_avgs[i], "exp_avg", weight),
                       data_of(exp_avg_sqs[i], "exp_avg_sq", weight), data_of(gradients[i], "the gradient", weight)});
      start.push_back(start.back() + weight.numel());
    }
    const AdamStep s = step_of(o, true);
    const auto &k = sr::embedding::kernels();
    at::parallel_for(0, start.back(), 32768, [&](int64_t begin, int64_t end) {
      const sr::embedding::FlushDenormals flush;
      for (size_t i = 0; i < parts.size(); ++i) {
        const int64_t from = std::max(begin, start[i]) - start[i];
        const int64_t n = std::min(end, start[i + 1]) - start[i] - from;
        if (n > 0)
          k.adam(parts[i].w + from, parts[i].m + from, parts[i].v + from, parts[i].g + from, n, s);
      }
    });
  });
}

extern "C" const char *sr_embedding_kernels(void) { return sr::embedding::kernels().name; }
