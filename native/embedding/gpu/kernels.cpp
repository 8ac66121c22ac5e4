// The device kernels behind the C boundary.
#include <c10/util/Exception.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "compiler.h"
#include "guard.h"
#include "launcher.h"
#include "swiftrec/embedding_bags.h"

extern "C" bool sr_gpu_kernels_serve(int32_t device_index) {
  static const bool off = [] {
    const char *word = std::getenv("SWIFTREC_GPU_KERNELS");
    return word != nullptr && std::strcmp(word, "0") == 0;
  }();
  if (off || device_index < 0 || device_index > INT8_MAX)
    return false;
  try {
    sr::gpu::launcher_of(c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device_index)));
    return true;
  } catch (const std::exception &error) {
    TORCH_WARN_ONCE("embedding tables on a GPU are served by LibTorch's operators: ", error.what());
    return false;
  }
}

extern "C" int32_t sr_gpu_kernels_compile(int32_t capability, int64_t *code_bytes, char **log) {
  SR_GUARD({
    const auto compiled = sr::gpu::compile(capability);
    const auto text = compiled.compiler + "\n" + compiled.log;
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy == nullptr)
      throw std::bad_alloc();
    std::memcpy(copy, text.c_str(), text.size() + 1);
    *code_bytes = static_cast<int64_t>(compiled.code.size());
    *log = copy;
  });
}

extern "C" void sr_text_free(char *text) { std::free(text); }

extern "C" bool sr_gpu_kernels_compiler(void) { return !sr::gpu::compiler_path().empty(); }
