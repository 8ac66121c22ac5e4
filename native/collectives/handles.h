// What stands behind the opaque stores and process groups.
#pragma once
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "swiftrec/collectives.h"
#include "tensor/guard.h"

struct SRStore {
  c10::intrusive_ptr<c10d::Store> store;
  uint16_t port = 0;
};

struct SRProcessGroup {
  c10::intrusive_ptr<c10d::Backend> backend;
  std::string name;
  std::chrono::milliseconds timeout;
  // Gloo has no mean; the caller divides after the sum.
  bool has_mean = false;
  // Where the last collective ran; NCCL's barrier has to be told.
  std::optional<at::Device> device = std::nullopt;
  // By how much gloo's works are made to end later.
  std::chrono::nanoseconds latency{0};
};

namespace sr {

using Clock = std::chrono::steady_clock;

/// Runs `body`; a failure that took all of `limit` is a Timeout that begins with `what()`. c10d and gloo tell time-outs
/// apart only by their English, so the clock decides.
template <class What, class Body> auto with_deadline(std::chrono::milliseconds limit, What what, Body body) {
  const auto start = Clock::now();
  try {
    return body();
  } catch (const std::exception &error) {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    std::string cause = error.what();
    if (const auto *torch = dynamic_cast<const c10::Error *>(&error)) {
      cause = torch->what_without_backtrace();
    }
    const auto message = what();
    if (spent.count() * 100 >= limit.count() * 95) {
      throw Timeout(message + " timed out after " + std::to_string(limit.count()) + " ms: " + cause);
    }
    throw std::runtime_error(message + " failed: " + cause);
  }
}

inline c10::intrusive_ptr<c10d::Store> &unwrap(SRStore *store) {
  if (store == nullptr) {
    throw InvalidArgument("a null store");
  }
  return store->store;
}

inline SRProcessGroup &unwrap(SRProcessGroup *group) {
  if (group == nullptr) {
    throw InvalidArgument("a null process group");
  }
  return *group;
}

} // namespace sr
