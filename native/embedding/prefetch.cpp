// Rows of a batch to come, brought near before their lookup.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "guard.h"
#include "tables.h"

extern "C" int32_t sr_prefetch_rows(SRRowTables *handle, const SRBagFeature *features, intptr_t count,
                                    const SRTensor *ids_, const SRTensor *offsets_) {
  SR_GUARD({
    const auto &tables = *handle->held;
    if (tables.launcher)
      return; // a GPU has no such caches to fill
    const auto &ids = sr::unwrap(ids_);
    const auto &offsets = sr::unwrap(offsets_);
    for (const auto *tensor : {&ids, &offsets})
      if (tensor->scalar_type() != at::kLong || tensor->dim() != 1 || !tensor->is_contiguous() ||
          !tensor->device().is_cpu())
        throw sr::InvalidArgument("ids and offsets must be [N] int64, contiguous, on the CPU");
    const auto *id = ids.const_data_ptr<int64_t>();
    const auto *offset = offsets.const_data_ptr<int64_t>();
    for (intptr_t f = 0; f < count; ++f) {
      const auto &feature = features[f];
      if (feature.table < 0 || feature.table >= static_cast<int32_t>(tables.tables.size()) || feature.bags < 0 ||
          feature.first_offset < 0 || feature.first_offset + feature.bags >= offsets.numel())
        throw sr::InvalidArgument("a feature names a table or offsets that are not there");
      const auto &table = tables.tables[feature.table];
      const int64_t begin = std::max<int64_t>(offset[feature.first_offset], 0);
      const int64_t end = std::min<int64_t>(offset[feature.first_offset + feature.bags], ids.numel());
      at::parallel_for(begin, std::max(begin, end), 4096, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
          if (static_cast<uint64_t>(id[i]) >= static_cast<uint64_t>(table.rows))
            continue; // the lookup says so
          const char *row = table.data() + id[i] * table.row_bytes;
          for (int64_t byte = 0; byte < table.row_bytes; byte += 64)
            __builtin_prefetch(row + byte, 0, 2);
        }
      });
    }
  });
}
