// Tensor handles: life, facts, data in and out, device and dtype, the CPU allocator.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SRTensor SRTensor;

/// A number with its kind kept, as LibTorch's Scalar.
typedef struct {
  int32_t kind; // 0 double, 1 int64, 2 bool
  double real;
  int64_t integer;
} SRScalar;

/// A device: type as c10::DeviceType (0 CPU, 1 CUDA), index -1 for "the current one".
typedef struct {
  int32_t type;
  int32_t index;
} SRDevice;

// Life
void sr_tensor_free(SRTensor *tensor);
/// Frees an array of handles that a call handed over; the handles themselves live on.
void sr_handles_free(SRTensor **handles);
/// A second handle on the same tensor.
int32_t sr_tensor_alias(const SRTensor *tensor, SRTensor **out);
int64_t sr_live_handles(void);

// Facts; none of these fails on a live handle.
intptr_t sr_tensor_rank(const SRTensor *tensor);
intptr_t sr_tensor_count(const SRTensor *tensor);
void sr_tensor_shape(const SRTensor *tensor, intptr_t *out);
int32_t sr_tensor_strides(const SRTensor *tensor, intptr_t *out);
int32_t sr_tensor_dtype(const SRTensor *tensor);
SRDevice sr_tensor_device(const SRTensor *tensor);
bool sr_tensor_is_contiguous(const SRTensor *tensor);
bool sr_tensor_is_sparse(const SRTensor *tensor);
bool sr_tensor_is_pinned(const SRTensor *tensor);
int32_t sr_tensor_data(const SRTensor *tensor, void **out);
/// Whether both lie in the same storage.
bool sr_tensor_is_alias(const SRTensor *tensor, const SRTensor *other);

// Making
int32_t sr_tensor_empty(const intptr_t *shape, intptr_t rank, int32_t dtype, SRDevice device, bool pinned,
                        SRTensor **out);
int32_t sr_tensor_full(const intptr_t *shape, intptr_t rank, SRScalar value, int32_t dtype, SRDevice device,
                       SRTensor **out);
int32_t sr_tensor_arange(SRScalar start, SRScalar end, SRScalar step, int32_t dtype, SRDevice device, SRTensor **out);
int32_t sr_tensor_eye(intptr_t n, int32_t dtype, SRDevice device, SRTensor **out);
int32_t sr_tensor_sparse(const SRTensor *indices, const SRTensor *values, const intptr_t *shape, intptr_t rank,
                         SRTensor **out);
/// A tensor over memory that is there already; `release` is called with `context` when nobody needs it any more, and
/// when the call fails.
int32_t sr_tensor_from_memory(void *address, const intptr_t *shape, intptr_t rank, int32_t dtype, void *context,
                              void (*release)(void *), SRTensor **out);

// Moving
int32_t sr_tensor_to(const SRTensor *tensor, int32_t dtype, SRDevice device, bool non_blocking, bool copy,
                     SRTensor **out);
int32_t sr_tensor_pin(const SRTensor *tensor, SRTensor **out);
int32_t sr_tensor_contiguous(const SRTensor *tensor, SRTensor **out);
int32_t sr_tensor_item(const SRTensor *tensor, SRScalar *out);
int32_t sr_tensor_set_data(SRTensor *tensor, const SRTensor *data);
/// Frees (0 bytes) or takes anew the memory under a tensor and all its views, whose shapes stay.
int32_t sr_tensor_resize_storage(SRTensor *tensor, intptr_t bytes);
int32_t sr_tensor_index(const SRTensor *tensor, const SRTensor *const *indices, intptr_t count, SRTensor **out);
int32_t sr_tensor_index_put_(SRTensor *tensor, const SRTensor *const *indices, intptr_t count, const SRTensor *values,
                             bool accumulate);

// The CPU allocator that keeps its pages (installed when the library is loaded).
typedef struct {
  int64_t in_use;      // bytes in live blocks, rounded to their size class
  int64_t kept;        // bytes of free blocks kept for reuse
  int64_t from_system; // blocks that had to be taken from the system so far
} SRAllocatorStatistics;
SRAllocatorStatistics sr_allocator_statistics(void);
/// Gives the kept blocks back to the system.
void sr_allocator_release(void);

// Engine-wide settings
const char *sr_torch_version(void);
int32_t sr_torch_config(char *buffer, intptr_t capacity);
intptr_t sr_threads(void);
int32_t sr_set_threads(intptr_t count);
intptr_t sr_interop_threads(void);
int32_t sr_set_interop_threads(intptr_t count);
int32_t sr_set_allow_tf32(bool allow);
bool sr_has_cuda(void);
intptr_t sr_cuda_device_count(void);
int32_t sr_synchronize(SRDevice device);
/// Caps what this process may take of a GPU's memory; `fraction` is above 0 and at most 1. Refused for the CPU.
int32_t sr_set_memory_fraction(SRDevice device, double fraction);
int32_t sr_set_flush_denormal(bool on);

#ifdef __cplusplus
}
#endif
