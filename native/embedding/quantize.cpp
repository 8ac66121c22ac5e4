// Rows to and from PyTorch's quantised layouts, by PyTorch's own operators.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "guard.h"
#include "swiftrec/embedding_bags.h"

namespace {

const char *pack_operator(int32_t row_type) {
  switch (row_type) {
  case SR_ROWS_INT8:
    return "quantized::embedding_bag_byte_prepack";
  case SR_ROWS_INT4:
    return "quantized::embedding_bag_4bit_prepack";
  default:
    throw sr::InvalidArgument("rows are quantised to int8 or int4");
  }
}

} // namespace

extern "C" int32_t sr_quantize_rows(const SRTensor *weight, int32_t row_type, SRTensor **out) {
  SR_GUARD({
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(pack_operator(row_type), "");
    auto rows = sr::unwrap(weight).detach().to(at::kFloat).contiguous();
    // The 4-bit operator takes more arguments than the byte one; a stack fills in their defaults.
    std::vector<c10::IValue> stack{rows};
    for (size_t i = 1; i < op.schema().arguments().size(); ++i)
      stack.push_back(*op.schema().arguments()[i].default_value());
    op.callBoxed(stack);
    *out = sr::wrap(stack.at(0).toTensor());
  });
}

extern "C" int32_t sr_dequantize_rows(const SRTensor *rows, int32_t row_type, int64_t dim, SRTensor **out) {
  SR_GUARD({
    const bool bytes = row_type == SR_ROWS_INT8;
    pack_operator(row_type);
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(
        bytes ? "quantized::embedding_bag_byte_unpack" : "quantized::embedding_bag_4bit_unpack", "");
    std::vector<c10::IValue> stack{sr::unwrap(rows)};
    for (size_t i = 1; i < op.schema().arguments().size(); ++i)
      stack.push_back(*op.schema().arguments()[i].default_value());
    op.callBoxed(stack);
    *out = sr::wrap(stack.at(0).toTensor().narrow(1, 0, dim).contiguous());
  });
}
