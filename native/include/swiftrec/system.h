// What the machine and the build offer.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The bridge's own version.
const char *sr_bridge_version(void);
/// The file that this library was loaded from, "" where the system does not say. Libraries opened on demand lie beside
/// it.
const char *sr_bridge_path(void);
/// The release of PyTorch whose headers the bridge was compiled with.
const char *sr_bridge_torch_version(void);

/// How the bridge was compiled: "g++ 12.2.0, Release, -O3 -fopenmp".
const char *sr_bridge_build(void);

/// The C library's version: "2.36".
const char *sr_system_libc_version(void);

/// The vector instructions that PyTorch's kernels picked: "AVX512", "AVX2", "DEFAULT".
int32_t sr_system_cpu_capability(char *buffer, intptr_t capacity);

/// The processor's matrix tiles (AMX). HIDDEN: shown by a hypervisor without their description; oneDNN is then kept off
/// them.
typedef enum { SR_TILES_ABSENT, SR_TILES_USABLE, SR_TILES_HIDDEN } SRMatrixTiles;
SRMatrixTiles sr_system_matrix_tiles(void);

/// Numbers as CUDA writes them (13020 is 13.2; cuDNN 91900 is 9.19.0); 0 is absent.
typedef struct {
  int64_t runtime;
  int64_t cudnn;
  int64_t nccl;
} SRCudaVersions;
int32_t sr_system_cuda_versions(SRCudaVersions *out);

/// How many threads took part in an `at::parallel_for`, counted by running one.
int32_t sr_system_parallel_threads(intptr_t *out);

/// From now on a crash (SIGILL, SIGSEGV, SIGBUS, SIGFPE) prints `text` and ends the process with `status`; null takes
/// that back.
int32_t sr_system_on_crash(const char *text, int32_t status);

/// Asks the kernel to end this process when the one that started it ends.
int32_t sr_system_end_with_parent(void);

/// Lets the disk begin with bytes of an open file that were written; a wish, which may do nothing.
void sr_begin_flush(int32_t descriptor, int64_t offset, int64_t count);

/// Takes the room of a long file beforehand, and whether writes go past the page cache. Both return the system's errno,
/// 0 for done; a file system that can't take room is no failure.
int32_t sr_take_room(int32_t descriptor, int64_t count);
int32_t sr_write_past_cache(int32_t descriptor, bool past);

#ifdef __cplusplus
}
#endif
