#include "compiler.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "guard.h"
#include "library.h"

namespace sr::gpu {
namespace {

namespace fs = std::filesystem;

constexpr const char *kRemedy = "; python3 -m pip install nvidia-cuda-nvrtc beside PyTorch brings it, "
                                "SWIFTREC_GPU_KERNELS=0 goes without";

using Program = struct Opaque *;

/// The entry points of nvrtc.h that are used, the same in CUDA 11 to 13. Each returns 0 for success.
struct NVRTC : Library {
  int (*version)(int *, int *) = function<int(int *, int *)>("nvrtcVersion");
  const char *(*error)(int) = function<const char *(int)>("nvrtcGetErrorString");
  int (*architecture_count)(int *) = function<int(int *)>("nvrtcGetNumSupportedArchs");
  int (*architectures)(int *) = function<int(int *)>("nvrtcGetSupportedArchs");
  int (*create)(Program *, const char *, const char *, int, const char *const *, const char *const *) =
      function<int(Program *, const char *, const char *, int, const char *const *, const char *const *)>(
          "nvrtcCreateProgram");
  int (*build)(Program, int,
               const char *const *) = function<int(Program, int, const char *const *)>("nvrtcCompileProgram");
  int (*destroy)(Program *) = function<int(Program *)>("nvrtcDestroyProgram");
  int (*log_size)(Program, size_t *) = function<int(Program, size_t *)>("nvrtcGetProgramLogSize");
  int (*log)(Program, char *) = function<int(Program, char *)>("nvrtcGetProgramLog");
  int (*cubin_size)(Program, size_t *) = function<int(Program, size_t *)>("nvrtcGetCUBINSize");
  int (*cubin)(Program, char *) = function<int(Program, char *)>("nvrtcGetCUBIN");
  int (*ptx_size)(Program, size_t *) = function<int(Program, size_t *)>("nvrtcGetPTXSize");
  int (*ptx)(Program, char *) = function<int(Program, char *)>("nvrtcGetPTX");

  using Library::Library;

  void check(int code, const char *what) const {
    if (code != 0)
      throw InvalidArgument(std::string(what) + ": " + error(code) + " (" + path + ")");
  }
};

/// The files of a folder whose names begin with `prefix`.
std::vector<std::string> files(const fs::path &folder, const char *prefix) {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto &entry : fs::directory_iterator(folder, none))
    if (entry.path().filename().string().starts_with(prefix))
      found.push_back(entry.path().string());
  return found;
}

/// Beside PyTorch first: that one belongs to the CUDA that PyTorch was built for.
std::vector<std::string> candidates() {
  std::vector<std::string> found;
  Dl_info torch{};
  if (dladdr(reinterpret_cast<const void *>(&at::get_num_threads), &torch) != 0 && torch.dli_fname != nullptr) {
    std::error_code none;
    const auto library = fs::weakly_canonical(torch.dli_fname, none).parent_path();
    // In the wheel of CUDA's own package, else in PyTorch's (libnvrtc.so.13, or with a hash in its name).
    for (const auto &entry : fs::directory_iterator(library.parent_path().parent_path() / "nvidia", none))
      for (auto &file : files(entry.path() / "lib", "libnvrtc.so"))
        found.push_back(std::move(file));
    for (const char *prefix : {"libnvrtc.so", "libnvrtc-"})
      for (auto &file : files(library, prefix))
        if (file.find("builtins") == std::string::npos)
          found.push_back(std::move(file));
  }
  std::sort(found.rbegin(), found.rend()); // the newest first, should there be two
  found.insert(found.end(), {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"});
  return found;
}

/// Null where there is none.
const NVRTC *nvrtc() {
  static const NVRTC *const opened = []() -> const NVRTC * {
    for (const auto &path : candidates()) {
      // NVRTC asks for its built-in headers by name alone and finds what is loaded already.
      if (const auto folder = fs::path(path).parent_path(); !folder.empty())
        for (const auto &file : files(folder, "libnvrtc-builtins"))
          dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
      if (void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        try {
          return new NVRTC(handle, path);
        } catch (const InvalidArgument &) { // too old: the next one
        }
      }
    }
    return nullptr;
  }();
  return opened;
}

} // namespace

std::string compiler_path() { return nvrtc() != nullptr ? nvrtc()->path : std::string(); }

Compiled compile(int capability) {
  const NVRTC *const found = nvrtc();
  if (found == nullptr)
    throw InvalidArgument(std::string("NVRTC (libnvrtc.so) is neither beside PyTorch nor on the library path") +
                          kRemedy);
  const NVRTC &nvrtc = *found;
  int major = 0, minor = 0, count = 0;
  nvrtc.check(nvrtc.version(&major, &minor), "nvrtcVersion");
  nvrtc.check(nvrtc.architecture_count(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> known(count);
  nvrtc.check(nvrtc.architectures(known.data()), "nvrtcGetSupportedArchs");
  Compiled result;
  result.compiler = "NVRTC " + std::to_string(major) + "." + std::to_string(minor) + " (" + nvrtc.path + ")";

  // For a GPU that is newer than NVRTC: the newest form that it knows, which the driver translates.
  const bool exact = std::find(known.begin(), known.end(), capability) != known.end();
  if (!exact) {
    std::erase_if(known, [&](int one) { return one > capability; });
    if (known.empty())
      throw InvalidArgument(result.compiler + " can't compile for compute capability " +
                            std::to_string(capability / 10) + "." + std::to_string(capability % 10) + kRemedy);
    capability = *std::max_element(known.begin(), known.end());
  }

  std::vector<const char *> texts, names;
  for (size_t i = 1; i < kSources.size(); ++i) {
    texts.push_back(kSources[i].text);
    names.push_back(kSources[i].name);
  }
  Program program = nullptr;
  nvrtc.check(nvrtc.create(&program, kSources[0].text, kSources[0].name, static_cast<int>(names.size()), texts.data(),
                           names.data()),
              "nvrtcCreateProgram");
  const std::string architecture =
      std::string("--gpu-architecture=") + (exact ? "sm_" : "compute_") + std::to_string(capability);
  // -default-device: NVRTC 12 takes a generic lambda for a function of the host.
  std::vector<const char *> options = {architecture.c_str(), "--std=c++17", "-default-device",
                                       "-DSR_UNROLL=_Pragma(\"unroll\")", "-DSR_ROLL=_Pragma(\"unroll 1\")"};
  if (exact)
    options.push_back("--ptxas-options=--verbose");
  const int code = nvrtc.build(program, static_cast<int>(options.size()), options.data());
  const auto text = [&](auto size_of, auto read, const char *what) {
    size_t size = 0;
    nvrtc.check(size_of(program, &size), what);
    std::string text(size, '\0');
    nvrtc.check(read(program, text.data()), what);
    return text;
  };
  try {
    result.log = text(nvrtc.log_size, nvrtc.log, "nvrtcGetProgramLog");
    result.log.resize(std::min(result.log.size(), result.log.find('\0')));
    if (code != 0)
      throw InvalidArgument(result.compiler + " refused the embedding kernels for " + architecture + ": " +
                            nvrtc.error(code) + "\n" + result.log + kRemedy);
    result.code =
        exact ? text(nvrtc.cubin_size, nvrtc.cubin, "nvrtcGetCUBIN") : text(nvrtc.ptx_size, nvrtc.ptx, "nvrtcGetPTX");
  } catch (...) {
    nvrtc.destroy(&program);
    throw;
  }
  nvrtc.destroy(&program);
  return result;
}

} // namespace sr::gpu
