// Process groups on NCCL: compiled in where PyTorch was built with CUDA and NCCL's header stands beside it.
#include "collectives/handles.h"

// All that c10d's header reaches: a wheel with only some of them must still build.
#if defined(SR_HAS_CUDA) && __has_include(<nccl.h>) && __has_include(<cuda_runtime_api.h>) && \
    __has_include(<cublasLt.h>) && __has_include(<cusparse.h>) && __has_include(<cusolverDn.h>)
#define SR_HAS_NCCL
#ifndef USE_C10D_NCCL
#define USE_C10D_NCCL
#endif
#endif

#ifdef SR_HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

extern "C" {

bool sr_has_nccl(void) {
#ifdef SR_HAS_NCCL
  return true;
#else
  return false;
#endif
}

int32_t sr_group_nccl(SRStore *store, int32_t rank, int32_t size, int64_t timeout_ms, SRProcessGroup **out) {
#ifdef SR_HAS_NCCL
  SR_GUARD({
    if (size < 1 || rank < 0 || rank >= size || timeout_ms <= 0) {
      throw sr::InvalidArgument("nccl group: rank " + std::to_string(rank) + " of " + std::to_string(size) +
                                " with a timeout of " + std::to_string(timeout_ms) + " ms");
    }
    auto &meeting = sr::unwrap(store);
    const std::chrono::milliseconds timeout(timeout_ms);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    auto backend = sr::with_deadline(
        timeout, [&] { return "connecting rank " + std::to_string(rank) + " of " + std::to_string(size) + " (nccl)"; },
        [&] { return c10::make_intrusive<c10d::ProcessGroupNCCL>(meeting, rank, size, options); });
    *out = new SRProcessGroup{std::move(backend), "nccl", timeout, true, std::nullopt};
  });
#else
  SR_GUARD({
    C10_THROW_ERROR(NotImplementedError,
                    "this build of the bridge has no NCCL: PyTorch is a CPU build, or nccl.h was not found beside it");
  });
#endif
}

} // extern "C"
