// Lookup and update of embedding rows: one table of functions per instruction set, chosen once at run time.
#pragma once
#include <cstdint>

namespace sr::embedding {

/// How a row is stored.
enum class Codec : int32_t {
  float32,
  float16,
  bfloat16,
  int8, // dim bytes, then scale and bias as float32 (PyTorch's byte rowwise layout)
  int4, // (dim + 1) / 2 bytes, low half first, then scale and bias as float16 (PyTorch's 4-bit rowwise layout)
};
constexpr int kCodecs = 5;

/// The rows of one feature, pooled over a range of its bags.
struct LookupJob {
  const char *table;
  int64_t rows, dim, row_bytes;
  const int64_t *ids;
  const int64_t *offsets; // bag b holds ids offsets[b] ..< offsets[b + 1]; null: bag b holds id `start + b` alone
  int64_t start;
  const float *weights; // one an id, or null
  int64_t first, end;   // bags
  bool mean;
  bool stream; // write past the caches: the output is larger than they are
  float *out;
  int64_t stride; // floats from one bag's output to the next
};

enum class RuleKind : int32_t { none, sgd, adagrad, row_wise_adagrad, adam, adamw, row_wise_adam };

/// One step of an optimiser, bias corrections folded in.
struct RowRule {
  RuleKind kind;
  float learning_rate, epsilon;
  float beta1, beta2;
  float correction1, correction2; // 1 / (1 - beta^step)
  float l2;                       // g += l2 * w first
  float keep;                     // w *= keep first: 1 - lr * decoupled decay
  float clip;                     // each element of the summed gradient within -clip...clip; 0 for none
  bool stochastic;                // rounding of 16-bit rows
  uint32_t seed;                  // of the rounding, another one each step
};

/// Gradients of one table, summed by row and applied. `pairs` are sorted: row << 32 | item.
struct UpdateJob {
  char *table;
  Codec codec;
  int64_t dim, row_bytes;
  float *first_state;  // [rows, dim] or, for the row-wise Adagrad, [rows]
  float *second_state; // [rows, dim] or, for the row-wise Adam, [rows]
  const uint64_t *pairs;
  int64_t count;
  const float *gradient; // item i stands at gradient + i * stride, unless `sources` is there
  int64_t stride;
  const float *const *sources; // item -> its gradient
  const float *scales;         // item -> its factor, or null for 1
  float *scratch;              // 2 * dim floats
};

struct BagKernels {
  /// Returns the position of the first id outside 0..<rows, or -1.
  int64_t (*lookup[kCodecs])(const LookupJob &job);
  void (*update)(const UpdateJob &job, const RowRule &rule);
  /// out[i] += gradient of the weight of the id at position i: its row times its bag's gradient.
  void (*weight_gradient)(const LookupJob &job, Codec codec, float *out);
  /// Sums the gradients of each row: row r of the result for the r-th different row. Returns how many there are.
  int64_t (*sum)(const UpdateJob &job, int64_t *rows, float *sums);
};

extern const BagKernels bag_kernels_avx512;
extern const BagKernels bag_kernels_avx2;
extern const BagKernels bag_kernels_plain;

/// The widest set that this CPU runs, as `kernels()`.
const BagKernels &bag_kernels();

} // namespace sr::embedding
