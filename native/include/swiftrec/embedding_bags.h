// Embedding collections: fused lookup over many tables, and the optimiser inside the backward pass.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How rows are stored. The quantised layouts are PyTorch's byte and 4-bit rowwise ones, in uint8 tensors.
enum { SR_ROWS_FLOAT32, SR_ROWS_FLOAT16, SR_ROWS_BFLOAT16, SR_ROWS_INT8, SR_ROWS_INT4 };

/// How the rows of a bag become one output; NONE keeps a row for each id.
typedef enum { SR_POOL_SUM, SR_POOL_MEAN, SR_POOL_NONE } SRPooling;

/// NONE: the table is not updated in backward. If its weight asks for a gradient, it gets a sparse one.
enum {
  SR_RULE_NONE,
  SR_RULE_SGD,
  SR_RULE_ADAGRAD,
  SR_RULE_ROW_WISE_ADAGRAD,
  SR_RULE_ADAM,
  SR_RULE_ADAMW,
  SR_RULE_ROW_WISE_ADAM
};

typedef struct {
  int32_t kind;
  double learning_rate, epsilon, beta1, beta2;
  double weight_decay; // ADAMW and ROW_WISE_ADAM: decoupled; else added to the summed gradient as L2
  double clip;         // each element of a row's summed gradient within -clip...clip; 0 for none
  bool stochastic;     // rounding of 16-bit rows
  uint32_t seed;       // of that rounding
} SRRowRule;

typedef struct {
  SRTensor *weight; // [rows, dim] of the row type, or [rows, row bytes] uint8; contiguous, CPU or CUDA
  int32_t row_type;
  int64_t dim;
  SRTensor
      *first_state; // ADAGRAD, ADAM, ADAMW, ROW_WISE_ADAM: [rows, dim] float32; ROW_WISE_ADAGRAD: [rows]; else null
  SRTensor *second_state; // ADAM, ADAMW: [rows, dim]; ROW_WISE_ADAM: [rows]; else null
  SRRowRule rule;
} SRRowTable;

typedef struct SRRowTables SRRowTables;

/// The tensors are shared, not copied: what training changes is seen by whoever holds them. Those on a GPU all stand on
/// one, and are served by kernels that NVRTC compiles when the first of them is made: it fails where that can't be
/// done.
int32_t sr_row_tables_create(const SRRowTable *tables, intptr_t count, SRRowTables **out);
void sr_row_tables_free(SRRowTables *tables);
/// From now on the GPU's kernels, run thread by thread on the CPU, serve these tables in main memory: a test's tool,
/// slow.
int32_t sr_row_tables_emulate(SRRowTables *tables);
/// Another rule of the same kind: the next step of a schedule.
int32_t sr_row_tables_set_rule(SRRowTables *tables, intptr_t table, const SRRowRule *rule);
/// rows: [U] int64, rising; sums: [U, dim] float32, their gradients. Borrowed. Non-zero fails the backward.
typedef int32_t (*SRRowUpdate)(void *context, SRTensor *rows, SRTensor *sums);
/// From now on backward hands a table's rows over instead of applying its rule; the update is still counted. The CPU's
/// kernels only. Takes `context`, which `release` frees.
int32_t sr_row_tables_set_update(SRRowTables *tables, intptr_t table, SRRowUpdate update, void *context,
                                 void (*release)(void *));
/// Updates so far, on which Adam's bias correction depends.
int64_t sr_row_tables_steps(const SRRowTables *tables, intptr_t table);
int32_t sr_row_tables_set_steps(SRRowTables *tables, intptr_t table, int64_t steps);

/// From now on backward sets touched[row] to 1 for every row that it changes. touched: [rows] uint8 on the table's
/// device, shared; null ends it.
int32_t sr_row_tables_set_touched(SRRowTables *tables, intptr_t table, SRTensor *touched);

/// The weight (part 0) or a state (1, 2) of a table as it is now, to be read while training goes on: backward keeps the
/// old bytes of rows that it changes before they were read. The CPU's kernels only.
typedef struct SRRowSnapshot SRRowSnapshot;
int32_t sr_row_tables_snapshot(SRRowTables *tables, intptr_t table, int32_t part, SRRowSnapshot **out);
/// Copies rows first ..< first + count into `out`, on any thread: `first` is a multiple of the block, `count` one too
/// or what is left. Each row once.
int32_t sr_row_snapshot_read(SRRowSnapshot *snapshot, int64_t first, int64_t count, void *out);
int64_t sr_row_snapshot_block_rows(const SRRowSnapshot *snapshot);
/// The most bytes that were kept at once.
int64_t sr_row_snapshot_peak_bytes(const SRRowSnapshot *snapshot);
void sr_row_snapshot_free(SRRowSnapshot *snapshot);

typedef struct {
  int32_t table;
  SRPooling pooling;
  int64_t bags;         // B of this feature
  int64_t first_offset; // offsets[first_offset + b] ..< offsets[first_offset + b + 1] are the ids of bag b
  int32_t output;       // which output its columns go to
  int64_t column;
} SRBagFeature;

/// The id that stopped a lookup. `feature` is -1 when the fault is of another kind.
typedef struct {
  int64_t feature;
  int64_t position; // within the feature's ids
  int64_t id;
} SRBagFault;

/// Whether the GPU's kernels serve tables there. Compiles on the first call; a failure is said once in LibTorch's log,
/// and SWIFTREC_GPU_KERNELS=0 switches them off.
bool sr_gpu_kernels_serve(int32_t device_index);
/// Compiles the kernels for a compute capability (90 for 9.0), for which NVRTC needs no GPU. `log`, to be freed with
/// sr_text_free, tells the compiler and what it says of each kernel's registers.
int32_t sr_gpu_kernels_compile(int32_t capability, int64_t *code_bytes, char **log);
void sr_text_free(char *text);
/// Whether there is an NVRTC.
bool sr_gpu_kernels_compiler(void);

/// Looks up every feature and, where gradients are on, makes one autograd node whose backward updates the tables.
///
/// ids: [N] int64; offsets: int64, never falling; weights: [N] float32 or null; all where the tables are. outputs:
/// `output_count` tensors float32 of rows[o] x columns[o]. Ids are checked while they are looked up: on a fault nothing
/// is returned and no row was changed.
int32_t sr_embedding_bags(SRRowTables *tables, const SRBagFeature *features, intptr_t feature_count,
                          const SRTensor *ids, const SRTensor *offsets, const SRTensor *weights, const int64_t *rows,
                          const int64_t *columns, intptr_t output_count, SRTensor **outputs, SRBagFault *fault);

/// Asks the processor for the rows that these features name, so that a lookup soon after finds them near. Nothing is
/// read that a program would see, and nothing changes; tables on a GPU are left alone. Arguments as in
/// sr_embedding_bags, on the CPU.
int32_t sr_prefetch_rows(SRRowTables *tables, const SRBagFeature *features, intptr_t feature_count, const SRTensor *ids,
                         const SRTensor *offsets);

/// [rows, dim] of any floating type to [rows, row bytes] uint8, and back to float32.
int32_t sr_quantize_rows(const SRTensor *weight, int32_t row_type, SRTensor **out);
int32_t sr_dequantize_rows(const SRTensor *rows, int32_t row_type, int64_t dim, SRTensor **out);

/// Seconds that memory alone takes for these rows: every line of row `ids[i]` is read once, and written back where
/// `rewrite`, on all threads. ids: [count * n] int64, those of the first table first. Nothing changes.
int32_t sr_touch_rows(const SRTensor *const *tables, intptr_t count, const SRTensor *ids, bool rewrite,
                      double *seconds);

/// Bytes a second of long reads and writes, on all threads: the best of five over 256 MB.
int32_t sr_stream_rates(double *read, double *write);

#ifdef __cplusplus
}
#endif
