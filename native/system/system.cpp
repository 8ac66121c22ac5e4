// Facts that only LibTorch knows. What CUDA's driver, NVML and the kernel know is asked from Swift.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <sys/prctl.h>
#include <torch/headeronly/version.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "swiftrec/system.h"
#include "tensor/guard.h"

extern "C" {

const char *sr_bridge_version(void) { return "0.1.0"; }

const char *sr_bridge_path(void) {
  static const char *const path = [] {
    Dl_info place{};
    return dladdr(reinterpret_cast<const void *>(&sr_bridge_path), &place) != 0 && place.dli_fname != nullptr
               ? place.dli_fname
               : "";
  }();
  return path;
}

const char *sr_system_libc_version(void) { return gnu_get_libc_version(); }

#ifdef __clang__
#define SR_COMPILER __VERSION__
#else
#define SR_COMPILER "g++ " __VERSION__
#endif
const char *sr_bridge_build(void) { return SR_COMPILER ", " SR_BUILD_FLAGS; }

const char *sr_bridge_torch_version(void) { return TORCH_VERSION; }

int32_t sr_system_cpu_capability(char *buffer, intptr_t capacity) {
  SR_GUARD({
    const auto text = at::get_cpu_capability();
    if (capacity <= static_cast<intptr_t>(text.size())) {
      throw sr::InvalidArgument("cpu capability: a buffer of " + std::to_string(capacity) + " bytes for " +
                                std::to_string(text.size()));
    }
    std::memcpy(buffer, text.c_str(), text.size() + 1);
  });
}

int32_t sr_system_cuda_versions(SRCudaVersions *out) {
  SR_GUARD({
    SRCudaVersions versions{0, 0, 0};
    const auto &hooks = at::detail::getCUDAHooks();
    if (hooks.hasCUDART()) {
      versions.runtime = hooks.versionCUDART();
      if (hooks.hasCuDNN()) {
        versions.cudnn = hooks.versionRuntimeCuDNN();
      }
    }
    // libtorch_cuda either holds NCCL or has loaded libnccl: no header is needed to ask.
    using GetVersion = int (*)(int *);
    void *symbol = dlsym(RTLD_DEFAULT, "ncclGetVersion");
    if (symbol == nullptr) {
      if (void *library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_NOLOAD)) {
        symbol = dlsym(library, "ncclGetVersion");
      }
    }
    int nccl = 0;
    if (symbol != nullptr && reinterpret_cast<GetVersion>(symbol)(&nccl) == 0) {
      versions.nccl = nccl;
    }
    *out = versions;
  });
}

int32_t sr_system_parallel_threads(intptr_t *out) {
  SR_GUARD({
    std::atomic<intptr_t> seen{0};
    const auto threads = at::get_num_threads();
    at::parallel_for(0, threads, 1, [&](int64_t, int64_t) { seen.fetch_add(1); });
    *out = seen.load();
  });
}

int32_t sr_system_end_with_parent(void) {
  SR_GUARD({
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
      throw sr::InvalidArgument(std::string("prctl: ") + std::strerror(errno));
    }
  });
}

} // extern "C"

extern "C" void sr_begin_flush(int32_t descriptor, int64_t offset, int64_t count) {
#ifdef __linux__
  (void)sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
#endif
}

extern "C" int32_t sr_take_room(int32_t descriptor, int64_t count) {
#ifdef __linux__
  if (fallocate(descriptor, 0, 0, count) != 0)
    return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : errno;
#endif
  return 0;
}

extern "C" int32_t sr_write_past_cache(int32_t descriptor, bool past) {
#ifdef __linux__
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, past ? flags | O_DIRECT : flags & ~O_DIRECT) != 0)
    return errno;
  return 0;
#else
  return past ? ENOTSUP : 0;
#endif
}
