// Row-lazy Adam: only the rows named by a batch are read and written.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "guard.h"
#include "swiftrec/embedding.h"

namespace {

/// Groups equal ids without a sort: an open-addressing table from id to its slot, and the positions of a slot chained in
/// the order of the batch, so that repeated rows are always summed in the same order.
struct Grouping {
  std::vector<int64_t> row;      // slot -> id
  std::vector<int32_t> first;    // slot -> first position
  std::vector<int32_t> next;     // position -> next position of the same id, -1 at the end
  std::vector<int32_t> last;     // slot -> last position
  std::vector<int32_t> table;    // hash -> slot, -1 when free

  void build(const int64_t *ids, int64_t count, int64_t rows) {
    size_t capacity = 16;
    while (capacity < static_cast<size_t>(count) * 2)
      capacity *= 2;
    table.assign(capacity, -1);
    row.clear();
    first.clear();
    last.clear();
    next.assign(count, -1);
    const size_t mask = capacity - 1;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t id = ids[i];
      if (id < 0 || id >= rows)
        throw sr::InvalidArgument("row " + std::to_string(id) + " at position " + std::to_string(i) +
                                  " is outside 0..<" + std::to_string(rows));
      size_t h = static_cast<size_t>(id) * 0x9E3779B97F4A7C15ull >> 20 & mask;
      while (table[h] >= 0 && row[table[h]] != id)
        h = (h + 1) & mask;
      if (table[h] < 0) {
        table[h] = static_cast<int32_t>(row.size());
        row.push_back(id);
        first.push_back(static_cast<int32_t>(i));
        last.push_back(static_cast<int32_t>(i));
      } else {
        const int32_t slot = table[h];
        next[last[slot]] = static_cast<int32_t>(i);
        last[slot] = static_cast<int32_t>(i);
      }
    }
  }
};

float *rows_of(const at::Tensor &t, const char *name, const at::Tensor &weight) {
  if (t.scalar_type() != at::kFloat || !t.device().is_cpu() || !t.is_contiguous() || t.sizes() != weight.sizes())
    throw sr::InvalidArgument(std::string(name) + " must be a contiguous float32 CPU tensor of the weight's shape");
  return t.data_ptr<float>();
}

} // namespace

extern "C" int32_t sr_row_adam(SRTensor *weight_, SRTensor *exp_avg, SRTensor *exp_avg_sq, const SRTensor *ids_,
                               const SRTensor *gradients_, SRRowAdam o) {
  SR_GUARD({
    const auto &weight = sr::unwrap(weight_);
    if (weight.dim() != 2)
      throw sr::InvalidArgument("row-lazy Adam needs a [rows, dim] weight");
    float *w = rows_of(weight, "the weight", weight);
    float *m = rows_of(sr::unwrap(exp_avg), "exp_avg", weight);
    float *v = rows_of(sr::unwrap(exp_avg_sq), "exp_avg_sq", weight);
    const auto ids = sr::unwrap(ids_).contiguous();
    const auto gradients = sr::unwrap(gradients_).to(at::kFloat).contiguous();
    const int64_t rows = weight.size(0), dim = weight.size(1), count = ids.numel();
    if (ids.scalar_type() != at::kLong || gradients.numel() != count * dim)
      throw sr::InvalidArgument("row-lazy Adam needs int64 ids [n] and gradients [n, dim]");
    const float *g = gradients.data_ptr<float>();

    static thread_local Grouping grouping;
    grouping.build(ids.data_ptr<int64_t>(), count, rows);
    const auto *group = &grouping; // the workers of parallel_for must see this thread's, not their own

    const double step = static_cast<double>(o.step);
    const float beta1 = static_cast<float>(o.beta1), beta2 = static_cast<float>(o.beta2);
    const float keep1 = static_cast<float>(1 - o.beta1), keep2 = static_cast<float>(1 - o.beta2);
    const float size = static_cast<float>(o.learning_rate * std::sqrt(1 - std::pow(o.beta2, step)) /
                                          (1 - std::pow(o.beta1, step)));
    const float epsilon = static_cast<float>(o.epsilon);
    const int64_t unique = static_cast<int64_t>(grouping.row.size());
    at::parallel_for(0, unique, std::max<int64_t>(1, 16384 / std::max<int64_t>(1, dim)), [&](int64_t begin, int64_t end) {
      std::vector<float> sum(dim);
      for (int64_t slot = begin; slot < end; ++slot) {
        int32_t position = group->first[slot];
        const float *gradient = g + position * dim;
        if (group->next[position] >= 0) {
          std::memcpy(sum.data(), gradient, dim * sizeof(float));
          for (position = group->next[position]; position >= 0; position = group->next[position])
            for (int64_t d = 0; d < dim; ++d)
              sum[d] += g[position * dim + d];
          gradient = sum.data();
        }
        const int64_t offset = group->row[slot] * dim;
        float *__restrict wr = w + offset;
        float *__restrict mr = m + offset;
        float *__restrict vr = v + offset;
        for (int64_t d = 0; d < dim; ++d) {
          const float gd = gradient[d];
          mr[d] = beta1 * mr[d] + keep1 * gd;
          vr[d] = beta2 * vr[d] + keep2 * gd * gd;
          wr[d] -= size * mr[d] / (std::sqrt(vr[d]) + epsilon);
        }
      }
    });
  });
}
