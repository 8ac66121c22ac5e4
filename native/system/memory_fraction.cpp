// How much of a GPU's memory this process may take.
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>

#include "tensor/guard.h"

// A wheel installed without NVIDIA's packages must still build.
#if defined(SR_HAS_CUDA) && __has_include(<cuda_runtime_api.h>)
#define SR_HAS_CUDA_ALLOCATOR
#include <c10/cuda/CUDACachingAllocator.h>
#endif

extern "C" {

int32_t sr_set_memory_fraction(SRDevice device, double fraction) {
  SR_GUARD({
    if (device.type != static_cast<int32_t>(c10::DeviceType::CUDA)) {
      throw sr::InvalidArgument("only a GPU's memory can be shared out; the CPU's is limited by its control group");
    }
#ifdef SR_HAS_CUDA_ALLOCATOR
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    const c10::Device gpu(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device.index));
    const c10::DeviceGuard guard(gpu);
    c10::cuda::CUDACachingAllocator::setMemoryFraction(fraction, gpu.index());
#else
    static_cast<void>(fraction);
    throw sr::InvalidArgument("the bridge was built without CUDA's allocator; install PyTorch with the NVIDIA packages "
                              "that it asks for, then make build");
#endif
  });
}

} // extern "C"
