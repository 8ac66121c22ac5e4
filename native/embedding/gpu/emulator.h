// What the device kernels need of CUDA, on the CPU: every thread of a block is a fiber of its own, and a barrier or a
// shuffle lets it wait until those that it names have come. A barrier that some of them never reach is an error, as it
// would hang or be undefined on a GPU.
#pragma once
#include <cstring>

namespace sr::gpu::emulated {

struct Index {
  unsigned x = 0;
};
/// Of the fiber that runs.
extern thread_local Index thread, block, grid;

void sync_block();
void sync_lanes(unsigned mask);
float shuffle_xor(unsigned mask, float value, int distance);

} // namespace sr::gpu::emulated

#define __device__
#define __global__ static
#define __launch_bounds__(...)
// One block runs at a time on a thread of the system.
#define __shared__ static thread_local
#define SR_UNROLL
#define SR_ROLL
#define threadIdx ::sr::gpu::emulated::thread
#define blockIdx ::sr::gpu::emulated::block
#define gridDim ::sr::gpu::emulated::grid
#define __syncthreads ::sr::gpu::emulated::sync_block
#define __shfl_xor_sync ::sr::gpu::emulated::shuffle_xor

struct __attribute__((aligned(16), may_alias)) float4 {
  float x, y, z, w;
};
struct __attribute__((aligned(16), may_alias)) uint4 {
  unsigned x, y, z, w;
};
struct __attribute__((aligned(8), may_alias)) uint2 {
  unsigned x, y;
};

static inline unsigned __float_as_uint(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}
static inline float __uint_as_float(unsigned bits) {
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}
static inline void atomicMin(unsigned long long *place, unsigned long long value) {
  if (value < *place)
    *place = value;
}
static inline unsigned long long atomicAdd(unsigned long long *place, unsigned long long value) {
  const auto before = *place;
  *place += value;
  return before;
}

namespace sr::gpu {
static inline float half_to_float(unsigned short bits) {
  _Float16 h;
  std::memcpy(&h, &bits, 2);
  return static_cast<float>(h);
}
static inline unsigned short float_to_half(float x) {
  const _Float16 h = static_cast<_Float16>(x);
  unsigned short bits;
  std::memcpy(&bits, &h, 2);
  return bits;
}
} // namespace sr::gpu
