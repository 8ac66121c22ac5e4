// One column of a block: its shape, and its values widened into the caller's memory.
#pragma once
#include <arrow/type_fwd.h>

#include <memory>

#include "swiftrec/columnar.h"

namespace sr::columnar {

/// What the bridge makes of an Arrow type: of the values inside, for a list.
struct Kind {
  int32_t kind;
  bool is_list;
};
Kind kind_of(const arrow::DataType &type);

SRColumnShape shape_of(const arrow::Array &array);
/// Copies a column into memory of the size that `shape_of` named.
void copy(const arrow::Array &array, const SRColumnParts &into);

} // namespace sr::columnar
