// A shared library whose functions are asked for by name, so that neither its headers nor its presence are needed to
// build.
#pragma once
#include <dlfcn.h>

#include <string>
#include <utility>

#include "guard.h"

namespace sr::gpu {

struct Library {
  void *handle;
  std::string path;

  Library(void *handle, std::string path) : handle(handle), path(std::move(path)) {}

  /// Throws where the library has no such function.
  template <class Signature> Signature *function(const char *name) const {
    void *symbol = dlsym(handle, name);
    if (symbol == nullptr)
      throw InvalidArgument(path + " has no " + name + "; a newer one is needed");
    return reinterpret_cast<Signature *>(symbol);
  }
};

} // namespace sr::gpu
