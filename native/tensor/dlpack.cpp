#include "swiftrec/dlpack.h"

#include <ATen/DLConvertor.h>
#include <dlfcn.h>

#include "guard.h"

namespace {

template <class View> void free_view(void *pointer) {
  auto *view = static_cast<View *>(pointer);
  if (view != nullptr && view->deleter != nullptr)
    view->deleter(view);
}

/// What is needed of Python's C interface, which a program without Python lacks.
struct Capsules {
  int (*is_valid)(void *, const char *);
  void *(*pointer)(void *, const char *);

  static const Capsules &shared() {
    static const Capsules found{
        reinterpret_cast<int (*)(void *, const char *)>(dlsym(RTLD_DEFAULT, "PyCapsule_IsValid")),
        reinterpret_cast<void *(*)(void *, const char *)>(dlsym(RTLD_DEFAULT, "PyCapsule_GetPointer"))};
    return found;
  }
};

} // namespace

extern "C" {

int32_t sr_dlpack_export(const SRTensor *tensor, bool versioned, void **out) {
  SR_GUARD({
    // A view cannot carry a gradient's history.
    const at::Tensor plain = sr::unwrap(tensor).detach();
    if (versioned)
      *out = at::toDLPackVersioned(plain);
    else
      *out = at::toDLPack(plain);
  });
}

void sr_dlpack_free(void *view, bool versioned) {
  if (versioned)
    free_view<DLManagedTensorVersioned>(view);
  else
    free_view<DLManagedTensor>(view);
}

void sr_dlpack_capsule_free(void *capsule) {
  const Capsules &python = Capsules::shared();
  if (python.is_valid == nullptr || python.pointer == nullptr)
    return;
  // Whoever takes the view renames the capsule and calls the deleter.
  for (const bool versioned : {true, false}) {
    const char *name = versioned ? "dltensor_versioned" : "dltensor";
    if (python.is_valid(capsule, name))
      sr_dlpack_free(python.pointer(capsule, name), versioned);
  }
}

} // extern "C"
