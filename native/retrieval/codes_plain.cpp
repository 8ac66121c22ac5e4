// The byte vectors' path for processors without AVX2.
#include "codes.h"

namespace sr::retrieval {
namespace {

template <int R>
void score(const CodeQuery *rows, const int32_t *queries, int64_t groups, const uint8_t *panel, const float *scales,
           const float *bias, const uint64_t *allowed, float *tile, uint64_t *hits) {
  for (int row = 0; row < R; ++row) {
    int32_t sums[kPanel] = {};
    for (int64_t group = 0; group < groups; ++group) {
      int8_t query[kCodeGroup];
      __builtin_memcpy(query, queries + group * R + row, sizeof query);
      const uint8_t *values = panel + group * kPanel * kCodeGroup;
      for (int j = 0; j < kPanel; ++j) {
        for (int d = 0; d < kCodeGroup; ++d)
          sums[j] += values[j * kCodeGroup + d] * query[d];
      }
    }
    const CodeQuery &q = rows[row];
    uint64_t word = 0;
    for (int j = 0; j < kPanel; ++j) {
      const float base = (bias != nullptr ? bias[j] : 0.0f) + q.slack;
      const float upper = base + scales[j] * (q.factor * static_cast<float>(sums[j] - q.offset) + q.width);
      tile[row * kPanel + j] = upper;
      word |= static_cast<uint64_t>(!(upper < q.threshold)) << j;
    }
    hits[row] = word & allowed[row];
  }
}

} // namespace

const CodeKernels kPlainCodes = {"plain", score<1>, score<kCodeRows>};

const CodeKernels *code_kernels_for(int32_t path) {
  const Kernels *kernels = kernels_for(path);
  if (kernels == nullptr)
    return nullptr;
#if defined(__x86_64__)
  if (kernels == &kAVX512 && __builtin_cpu_supports("avx512vnni"))
    return &kVNNICodes;
  if (kernels == &kAVX512 || kernels == &kAVX2)
    return &kAVX2Codes;
#endif
  return &kPlainCodes;
}

} // namespace sr::retrieval
