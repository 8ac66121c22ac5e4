// What every function of the Arrow bridge shares: the wall that no C++ exception crosses.
#pragma once
#include <arrow/status.h>

#include <atomic>
#include <stdexcept>

#include "swiftrec/columnar.h"
#include "swiftrec/status.h"

namespace sr::columnar {

/// Refused by the bridge itself, before Arrow is asked.
struct InvalidArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// An Arrow status that is not OK.
struct Failed : std::runtime_error {
  explicit Failed(const arrow::Status &status) : std::runtime_error(status.message()), code(status.code()) {}
  arrow::StatusCode code;
};

inline void check(const arrow::Status &status) {
  if (!status.ok())
    throw Failed(status);
}
template <class T> T check(arrow::Result<T> &&result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

void clear_error() noexcept;
/// Turns the exception in flight into a status code and keeps its message for this thread.
int32_t translate_current_exception() noexcept;
const char *last_error_message() noexcept;

template <class F> int32_t guard(F &&body) noexcept {
  clear_error();
  try {
    body();
    return SR_OK;
  } catch (...) {
    return translate_current_exception();
  }
}

extern std::atomic<int64_t> live_handles;

/// Counts a handle for as long as it lives.
struct Counted {
  Counted() { live_handles.fetch_add(1, std::memory_order_relaxed); }
  ~Counted() { live_handles.fetch_sub(1, std::memory_order_relaxed); }
  Counted(const Counted &) = delete;
  Counted &operator=(const Counted &) = delete;
};

void add_reader(SRColumnarFunctions &functions);
void add_writer(SRColumnarFunctions &functions);
void add_objects(SRColumnarFunctions &functions);

} // namespace sr::columnar

#define SR_COLUMNAR_GUARD(...) return ::sr::columnar::guard([&]() { __VA_ARGS__; });
