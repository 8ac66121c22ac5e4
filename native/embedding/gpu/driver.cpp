// CUDA's driver, by its C interface: loads the compiled kernels and launches them on PyTorch's current stream.
// PyTorch's CUDA runtime and the driver share each device's primary context.
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdint>
#include <map>
#include <mutex>

#include "compiler.h"
#include "guard.h"
#include "launcher.h"
#include "library.h"

namespace sr::gpu {
namespace {

using Context = struct OpaqueContext *;
using Module = struct OpaqueModule *;
using Function = struct OpaqueFunction *;
using StreamHandle = struct OpaqueStream *;

/// The entry points of cuda.h that are used. Each returns 0 for success.
struct Driver : Library {
  int (*init)(unsigned) = function<int(unsigned)>("cuInit");
  int (*error_text)(int, const char **) = function<int(int, const char **)>("cuGetErrorString");
  int (*device)(int *, int) = function<int(int *, int)>("cuDeviceGet");
  int (*attribute)(int *, int, int) = function<int(int *, int, int)>("cuDeviceGetAttribute");
  int (*retain)(Context *, int) = function<int(Context *, int)>("cuDevicePrimaryCtxRetain");
  int (*push)(Context) = function<int(Context)>("cuCtxPushCurrent_v2");
  int (*pop)(Context *) = function<int(Context *)>("cuCtxPopCurrent_v2");
  int (*load)(Module *, const void *) = function<int(Module *, const void *)>("cuModuleLoadData");
  int (*find)(Function *, Module,
              const char *) = function<int(Function *, Module, const char *)>("cuModuleGetFunction");
  int (*launch)(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, StreamHandle, void **,
                void **) = function<int(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                                        StreamHandle, void **, void **)>("cuLaunchKernel");

  using Library::Library;

  void check(int code, const std::string &what) const {
    if (code == 0)
      return;
    const char *text = nullptr;
    error_text(code, &text);
    throw InvalidArgument(what + ": CUDA error " + std::to_string(code) + (text ? std::string(", ") + text : "") +
                          "; SWIFTREC_GPU_KERNELS=0 goes without these kernels");
  }
};

const Driver &driver() {
  static const Driver opened = [] {
    void *handle = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
      throw InvalidArgument("libcuda.so.1 was not found; install NVIDIA's driver");
    Driver driver(handle, "libcuda.so.1");
    driver.check(driver.init(0), "cuInit");
    return driver;
  }();
  return opened;
}

/// The device's primary context on this thread, while it lives.
struct Current {
  explicit Current(Context context) { driver().check(driver().push(context), "cuCtxPushCurrent"); }
  ~Current() {
    Context gone;
    driver().pop(&gone);
  }
};

/// Releases before native_handle() tell only whether it is the default stream, whose number is 0.
template <class S> void *handle_of(const S &stream) {
  if constexpr (requires { stream.native_handle(); }) {
    return stream.native_handle();
  } else {
    if (stream.id() != 0)
      throw InvalidArgument("this release of PyTorch does not say which CUDA stream is current; work on the default "
                            "stream, or set SWIFTREC_GPU_KERNELS=0");
    return nullptr;
  }
}

struct CUDALauncher : Launcher {
  c10::Device torch_device;
  Context context = nullptr;
  Function functions[std::size(kKernelNames)] = {};

  explicit CUDALauncher(c10::Device where) : torch_device(where) {
    const auto &cuda = driver();
    int device = 0, major = 0, minor = 0;
    cuda.check(cuda.device(&device, where.index()), "cuDeviceGet");
    // 75 and 76: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR.
    cuda.check(cuda.attribute(&major, 75, device), "cuDeviceGetAttribute");
    cuda.check(cuda.attribute(&minor, 76, device), "cuDeviceGetAttribute");
    const Compiled compiled = compile(major * 10 + minor);
    cuda.check(cuda.retain(&context, device), "cuDevicePrimaryCtxRetain");
    const Current current(context);
    Module module = nullptr;
    cuda.check(cuda.load(&module, compiled.code.data()), "loading the embedding kernels of " + compiled.compiler);
    for (size_t k = 0; k < std::size(kKernelNames); ++k)
      cuda.check(cuda.find(&functions[k], module, kKernelNames[k]), kKernelNames[k]);
  }

  void launch(Kernel kernel, i64 blocks, const Call &call) const override {
    if (blocks == 0)
      return;
    if (blocks > INT32_MAX)
      throw InvalidArgument(std::to_string(blocks) + " blocks in one launch; take smaller batches");
    const auto &cuda = driver();
    const auto stream = c10::impl::VirtualGuardImpl(torch_device.type()).getStream(torch_device);
    const Current current(context);
    void *arguments[] = {const_cast<Call *>(&call)};
    const int number = static_cast<int>(kernel);
    cuda.check(cuda.launch(functions[number], static_cast<unsigned>(blocks), 1, 1, kBlock, 1, 1, 0,
                           static_cast<StreamHandle>(handle_of(stream)), arguments, nullptr),
               kKernelNames[number]);
  }
};

} // namespace

std::shared_ptr<const Launcher> launcher_of(c10::Device device) {
  struct Outcome {
    std::shared_ptr<const Launcher> launcher;
    std::string error;
  };
  static std::mutex lock;
  static std::map<c10::DeviceIndex, Outcome> outcomes;
  const std::lock_guard held(lock);
  const auto [place, fresh] = outcomes.try_emplace(device.index());
  auto &outcome = place->second;
  if (fresh)
    try {
      outcome.launcher = std::make_shared<CUDALauncher>(device);
    } catch (const std::exception &error) {
      outcome.error = error.what();
    }
  if (!outcome.launcher)
    throw InvalidArgument(outcome.error);
  return outcome.launcher;
}

} // namespace sr::gpu
