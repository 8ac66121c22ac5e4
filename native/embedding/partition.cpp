// Ids by the ranks that hold their rows.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "guard.h"
#include "swiftrec/sharding.h"

namespace {

const int64_t *int64s(const at::Tensor &tensor, const char *name) {
  if (tensor.scalar_type() != at::kLong || tensor.dim() != 1 || !tensor.is_contiguous() || !tensor.device().is_cpu())
    throw sr::InvalidArgument(std::string(name) + " must be [N] int64, contiguous, on the CPU");
  return tensor.const_data_ptr<int64_t>();
}

/// Counts the ids of each bag within the range; gives the first position whose id is outside the table, or -1.
int64_t count_ids(const SRRowRange &range, const int64_t *ids, const int64_t *offsets, int64_t *lengths) {
  const int64_t *begin = offsets + range.first_offset;
  for (int64_t bag = 0; bag < range.bags; ++bag) {
    int64_t inside = 0;
    for (int64_t i = begin[bag]; i < begin[bag + 1]; ++i) {
      if (static_cast<uint64_t>(ids[i]) >= static_cast<uint64_t>(range.rows))
        return i;
      inside += static_cast<uint64_t>(ids[i] - range.first_row) < static_cast<uint64_t>(range.row_count);
    }
    lengths[bag] = inside;
  }
  return -1;
}

void fill_ids(const SRRowRange &range, const int64_t *ids, const int64_t *offsets, int64_t *values,
              int64_t *positions) {
  const int64_t *begin = offsets + range.first_offset;
  for (int64_t i = begin[0]; i < begin[range.bags]; ++i) {
    const int64_t row = ids[i] - range.first_row;
    if (static_cast<uint64_t>(row) >= static_cast<uint64_t>(range.row_count))
      continue;
    *values++ = row;
    if (positions != nullptr)
      *positions++ = i;
  }
}

} // namespace

extern "C" int32_t sr_partition_ids(const SRTensor *ids_, const SRTensor *offsets_, const SRRowRange *ranges,
                                    intptr_t count, SRTensor **lengths, SRTensor **values, SRTensor **positions,
                                    int64_t *counts, SRBagFault *fault) {
  SR_GUARD({
    *fault = {-1, -1, 0};
    const auto &id_tensor = sr::unwrap(ids_);
    const auto &offset_tensor = sr::unwrap(offsets_);
    const int64_t *ids = int64s(id_tensor, "ids");
    const int64_t *offsets = int64s(offset_tensor, "offsets");
    for (int64_t i = 0; i + 1 < offset_tensor.numel(); ++i)
      if (offsets[i] > offsets[i + 1])
        throw sr::InvalidArgument("offsets fall");
    if (offset_tensor.numel() > 0 && (offsets[0] < 0 || offsets[offset_tensor.numel() - 1] > id_tensor.numel()))
      throw sr::InvalidArgument("offsets leave the ids");
    std::vector<int64_t> first_bag(count + 1, 0);
    for (intptr_t r = 0; r < count; ++r) {
      const auto &range = ranges[r];
      if (range.bags < 0 || range.first_offset < 0 || range.bags >= offset_tensor.numel() ||
          range.first_offset > offset_tensor.numel() - 1 - range.bags || range.first_row < 0 || range.row_count < 0 ||
          range.rows < 0 || range.first_row > range.rows || range.row_count > range.rows - range.first_row)
        throw sr::InvalidArgument("a range names bags or rows that are not there");
      first_bag[r + 1] = first_bag[r] + range.bags;
    }
    auto length_tensor = at::empty({first_bag[count]}, at::kLong);
    auto *length = length_tensor.mutable_data_ptr<int64_t>();
    std::atomic<intptr_t> faulty{count};
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        if (count_ids(ranges[r], ids, offsets, length + first_bag[r]) >= 0) {
          intptr_t known = faulty;
          while (r < known && !faulty.compare_exchange_weak(known, r)) {
          }
          continue;
        }
        counts[r] = 0;
        for (int64_t bag = first_bag[r]; bag < first_bag[r + 1]; ++bag)
          counts[r] += length[bag];
      }
    });
    if (faulty < count) {
      const auto &range = ranges[faulty];
      const int64_t at = count_ids(range, ids, offsets, length + first_bag[faulty]);
      *fault = {static_cast<int64_t>(faulty), at - offsets[range.first_offset], ids[at]};
      throw sr::InvalidArgument("an id is outside its table");
    }
    std::vector<int64_t> first(count + 1, 0);
    for (intptr_t r = 0; r < count; ++r)
      first[r + 1] = first[r] + counts[r];
    auto value_tensor = at::empty({first[count]}, at::kLong);
    auto position_tensor = positions == nullptr ? at::Tensor() : at::empty({first[count]}, at::kLong);
    auto *value = value_tensor.mutable_data_ptr<int64_t>();
    auto *position = positions == nullptr ? nullptr : position_tensor.mutable_data_ptr<int64_t>();
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        fill_ids(ranges[r], ids, offsets, value + first[r], position == nullptr ? nullptr : position + first[r]);
    });
    *lengths = sr::wrap(length_tensor);
    *values = sr::wrap(value_tensor);
    if (positions != nullptr)
      *positions = sr::wrap(position_tensor);
  });
}
