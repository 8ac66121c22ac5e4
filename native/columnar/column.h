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

/// - keeps_codes: whether dictionaries of text stay, or each value's text is written out.
SRColumnShape shape_of(const arrow::Array &array, bool keeps_codes);
/// Copies a column into memory of the size that `shape_of` named.
void copy(const arrow::Array &array, bool keeps_codes, const SRColumnParts &into);

} // namespace sr::columnar
