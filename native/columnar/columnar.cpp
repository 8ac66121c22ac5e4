#include <arrow/config.h>
#include <parquet/exception.h>

#include <new>
#include <string>

#include "guard.h"

namespace sr::columnar {

std::atomic<int64_t> live_handles{0};

namespace {

thread_local std::string last_error;

int32_t keep(int32_t code, const char *message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
  return code;
}

int32_t code_of(arrow::StatusCode code) {
  switch (code) {
  case arrow::StatusCode::OutOfMemory:
    return SR_OUT_OF_MEMORY;
  case arrow::StatusCode::NotImplemented:
    return SR_NOT_IMPLEMENTED;
  case arrow::StatusCode::IndexError:
    return SR_INDEX;
  default:
    return SR_STD;
  }
}

} // namespace

void clear_error() noexcept {
  if (!last_error.empty())
    last_error.clear();
}

const char *last_error_message() noexcept { return last_error.c_str(); }

int32_t translate_current_exception() noexcept {
  try {
    throw;
  } catch (const InvalidArgument &e) {
    return keep(SR_INVALID_ARGUMENT, e.what());
  } catch (const Failed &e) {
    return keep(code_of(e.code), e.what());
  } catch (const parquet::ParquetStatusException &e) {
    return keep(code_of(e.status().code()), e.status().message().c_str());
  } catch (const std::bad_alloc &) {
    return keep(SR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &e) {
    return keep(SR_STD, e.what());
  } catch (...) {
    return keep(SR_UNKNOWN, "an exception of unknown type");
  }
}

} // namespace sr::columnar

extern "C" const SRColumnarFunctions *sr_columnar_functions(void) {
  static const SRColumnarFunctions functions = [] {
    SRColumnarFunctions table{};
    table.version = SR_COLUMNAR_VERSION;
    table.arrow_version = [] { return ARROW_VERSION_STRING; };
    table.last_error_message = [] { return sr::columnar::last_error_message(); };
    table.live_handles = [] { return sr::columnar::live_handles.load(std::memory_order_relaxed); };
    sr::columnar::add_reader(table);
    sr::columnar::add_writer(table);
    sr::columnar::add_objects(table);
    return table;
  }();
  return &functions;
}
