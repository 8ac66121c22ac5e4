// What the host writes and the kernels read: one layout for NVRTC, for the host and for the emulator. No header may be
// included here, NVRTC has none.
#pragma once

namespace sr::gpu {

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;

/// Threads of a block.
constexpr int kBlock = 128;
/// Threads that look at the ids of one bag.
constexpr int kSurveyLanes = 8;
/// Repeats of a row that one group of lanes sums; a row with more of them gets a whole block.
constexpr int kLong = 64;

/// Numbers of `Codec`, `SRPooling` and `RuleKind` on the host.
enum { kFloat32, kFloat16, kBFloat16 };
enum { kSum, kMean, kNone };
enum { kNoRule, kSGD, kAdagrad, kRowWiseAdagrad, kAdam, kAdamW, kRowWiseAdam };

/// One step of an optimiser: `RowRule` of the CPU kernels.
struct Rule {
  int kind;
  float learning_rate, epsilon, beta1, beta2;
  float correction1, correction2;
  float l2, keep, clip;
  int stochastic;
  u32 seed;
};

/// The blocks from `first_block` on, up to that of the next table, update its rows.
struct Table {
  char *rows;
  float *first_state, *second_state;
  i64 row_count;
  i64 first_key; // row r has the key first_key + r among all tables
  i64 first_block;
  i64 first_item, items; // its part of the sorted items
  int dim, codec;
  int vector, lanes; // columns that a lane takes at a time, lanes of a group
  Rule rule;
};

struct Feature {
  i64 bags, first_offset;
  i64 capacity;           // outputs that there is room for
  i64 first_id, id_count; // known in backward
  i64 first_item;         // -1: no row is updated for it
  i64 first_block, first_survey_block;
  float *data; // its first output; in backward the gradient of that
  i64 stride;
  int table, pooling;
  int vector, lanes;
};

/// The argument of every kernel.
struct Call {
  const Table *tables;
  const Feature *features;
  i64 table_count, feature_count;
  const i64 *ids, *offsets;
  const float *weights; // one an id, or null
  i64 id_count;

  /// [0] the first feature whose bags are not sound, [1] the first bad id: feature << 32 | position in the feature;
  /// both all ones for none. Then for each feature where its ids begin and end.
  u64 *report;
  float *weight_gradient;

  // An item is one use of a row.
  void *keys;       // of items, later sorted; int, or i64 where `wide`
  const i64 *order; // the items in the order of their keys
  u64 *sources;     // item -> address of its gradient
  float *scales;    // item -> its factor
  u64 *long_rows;   // [0] how many there are, then table << 32 | first position
  int wide;
};

} // namespace sr::gpu
