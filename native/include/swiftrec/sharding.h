// What sharded tables need on this side of an exchange: ids by the rank that holds their rows, and blocks of columns to
// and from the memory that travels. All tensors are contiguous.
#pragma once
#include "embedding_bags.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The rows `first_row ..< first_row + row_count` of a table with `rows`, asked for by `bags` bags whose ids lie
/// between the offsets from `first_offset` on.
typedef struct {
  int64_t first_offset, bags;
  int64_t first_row, row_count, rows;
} SRRowRange;

/// The ids of each range, counted from its first row, one range behind the other.
///
/// ids: [N] int64, on the CPU; offsets: int64, rising. *lengths: [sum of bags] int64, the ids that each bag has in its
/// range; *values: [n] int64; *positions: [n] int64, where each stood in `ids` (null: not wanted); counts: the ids of
/// each range. Where an id is outside its table, `fault` names the range and nothing is made.
int32_t sr_partition_ids(const SRTensor *ids, const SRTensor *offsets, const SRRowRange *ranges, intptr_t count,
                         SRTensor **lengths, SRTensor **values, SRTensor **positions, int64_t *counts,
                         SRBagFault *fault);

/// `rows` pieces of `width` elements, from `from` on in one tensor to `to` on in another, strides apart; all in
/// elements.
typedef struct {
  int64_t from, from_stride;
  int64_t to, to_stride;
  int64_t rows, width;
  int32_t scale; // row of `scales` whose element r multiplies piece r; -1 for none
  bool add;      // to what is there, else in its place
} SRBlockMove;

/// Carries the moves out, in their order where they meet, on whatever device both tensors are. Both tensors float32,
/// float16 or bfloat16, converted on the way; or both of any one type where no move adds or scales. scales: [S, rows]
/// float32 or null.
int32_t sr_move_blocks(const SRTensor *from, SRTensor *to, const SRBlockMove *moves, intptr_t count,
                       const SRTensor *scales);

#ifdef __cplusplus
}
#endif
