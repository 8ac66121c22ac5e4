// Exact top-K over byte vectors: a quarter of the bytes is read, and the answer is that of the float vectors.
//
// An item x is kept as s * c with a scale s and whole numbers c in -127...127, a query q as t * d likewise. Then
//   |q.x - s t d.c| <= |q| |x - s c| + |q - t d| |s c| <= s (|q| R + |q - t d| M)
// with R the largest |x - s c| / s and M the largest |c| of all items (Cauchy and Schwarz). So each item's score is
// known to lie between two numbers after the first pass; who is below the k-th best lower one can't be among the best,
// and all others are scored in full. Rounding of the float arithmetic is added to the bound: the answer never hangs on
// luck.
#pragma once

#include <cstdint>

#include "kernels.h"
#include "topk.h"

namespace sr::retrieval {

/// Values of an item that one step takes.
constexpr int kCodeGroup = 4;
/// Queries that pass a panel together, where there are several.
constexpr int kCodeRows = 4;

/// What a query's byte vector needs to become bounds of scores.
struct CodeQuery {
  float factor;    // t
  float width;     // |q| R + |q - t d| M and the rounding, to be multiplied by an item's scale
  float slack;     // rounding of the bias
  float threshold; // a score whose upper bound is below it is out
  int32_t offset;  // 128 * the sum of d, since codes are kept as 128 + c
};

struct CodeKernels {
  const char *name;

  /// Bounds the scores of some queries (`rows` is 1 or kCodeRows) against a panel from above, and says which reach
  /// their query's threshold.
  ///
  /// `queries` is [groups][rows], four bytes a word; `panel` [groups][64][4]; `scales` and `bias` [64], `bias` or null;
  /// `tile` [rows][64].
  void (*one)(const CodeQuery *rows, const int32_t *queries, int64_t groups, const uint8_t *panel, const float *scales,
              const float *bias, const uint64_t *allowed, float *tile, uint64_t *hits);
  void (*several)(const CodeQuery *rows, const int32_t *queries, int64_t groups, const uint8_t *panel,
                  const float *scales, const float *bias, const uint64_t *allowed, float *tile, uint64_t *hits);
};

extern const CodeKernels kPlainCodes;
#if defined(__x86_64__)
extern const CodeKernels kAVX2Codes;
extern const CodeKernels kVNNICodes;
#endif

/// The kernels of a path, or null where this processor lacks it; AVX-512 without VNNI takes those of AVX2.
const CodeKernels *code_kernels_for(int32_t path);

/// The byte vectors of all items.
struct Codes {
  const uint8_t *codes = nullptr; // [panels][groups][64][4]
  const float *scales = nullptr;  // [panels * 64]
  float residual = 0;
  float magnitude = 0;
  float largest_scale = 0;
  float largest_bias = 0;
};

/// Fills codes, scales and all bounds but the bias's; false where an item is not finite.
bool compress(const float *items, int64_t count, int64_t dim, uint8_t *codes, float *scales, Codes &bounds);

/// The same keys as `search_dot`; `scored` gets how many items were scored in full.
Fault search_codes(const Search &search, const CodeKernels &code_kernels, const Codes &codes, const float *queries,
                   const float *items, int64_t dim, const float *bias, uint64_t *keys, int64_t *scored);

} // namespace sr::retrieval
