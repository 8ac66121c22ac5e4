#include "swiftrec/retrieval.h"

#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "codes.h"
#include "convert.h"
#include "guard.h"
#include "tensor_topk.h"
#include "topk.h"

namespace sr::retrieval {
namespace {

using std::to_string;

void require(bool holds, const std::string &message) {
  if (!holds)
    throw InvalidArgument(message);
}

std::string shape(const at::Tensor &tensor) {
  std::string text = "[";
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i == 0 ? "" : ", ") + to_string(tensor.size(i));
  }
  return text + "]";
}

at::Tensor as_float(const at::Tensor &tensor, const char *name) {
  require(at::isFloatingType(tensor.scalar_type()), std::string(name) + " has dtype " +
                                                        c10::toString(tensor.scalar_type()) +
                                                        "; top-K takes floating-point scores");
  return tensor.detach().to(at::kFloat);
}

Search make_search(const SRTopKOptions &options, int64_t queries, int64_t items) {
  require(options.k >= 1, "k = " + to_string(options.k) + "; ask for 1 or more");
  require(items <= std::numeric_limits<int32_t>::max(),
          to_string(items) + " items; ids are 32-bit, so top-K takes at most 2147483647");
  require(options.query_ids == nullptr || options.query_ids_count == queries,
          to_string(options.query_ids_count) + " query ids for " + to_string(queries) +
              " queries; pass one id a query");
  Search search;
  search.queries = queries;
  search.items = items;
  search.k = std::min(options.k, items);
  search.query_ids = options.query_ids;
  search.seed = options.seed;
  const int64_t words = queries * ((items + kPanel - 1) / kPanel);
  require(options.allowed == nullptr || options.allowed_count == words,
          to_string(options.allowed_count) + " words of allowed items for " + to_string(queries) + " queries of " +
              to_string(items) + " items; pass " + to_string(words));
  search.allowed = options.allowed;
  if (options.offsets == nullptr)
    return search;

  require(options.offsets_count == queries + 1, to_string(options.offsets_count) + " offsets of excluded items for " +
                                                    to_string(queries) +
                                                    " queries; pass one more than there are queries");
  require(options.offsets[0] == 0 && options.offsets[queries] == options.excluded_count,
          "offsets of excluded items run from " + to_string(options.offsets[0]) + " to " +
              to_string(options.offsets[queries]) + "; they have to run from 0 to the " +
              to_string(options.excluded_count) + " ids given");
  // The message is made only where it is needed: a million ids pass here.
  for (int64_t row = 0; row < queries; ++row) {
    if (options.offsets[row] <= options.offsets[row + 1])
      continue;
    throw InvalidArgument("offsets of excluded items fall from " + to_string(options.offsets[row]) + " to " +
                          to_string(options.offsets[row + 1]) + " at query " + to_string(row) + "; sort them");
  }
  for (int64_t i = 0; i < options.excluded_count; ++i) {
    if (options.excluded[i] >= 0 && options.excluded[i] < items)
      continue;
    throw InvalidArgument("excluded item " + to_string(options.excluded[i]) + " at position " + to_string(i) +
                          " is outside 0..<" + to_string(items) + "; use the ids of the scored items");
  }
  search.offsets = options.offsets;
  search.excluded = options.excluded;
  return search;
}

const Kernels *kernels_or_throw(int32_t path) {
  const Kernels *kernels = kernels_for(path);
  require(kernels != nullptr, "this processor has no retrieval path " + to_string(path) + "; use the automatic one");
  return kernels;
}

/// Runs a search into keys and hands the answer over only when all of it is there.
template <typename Run> void answer(const Search &search, int64_t width, int32_t *ids, float *scores, Run run) {
  if (search.queries == 0)
    return;
  const at::Tensor memory = at::empty({search.queries * search.k}, at::kLong);
  auto *keys = reinterpret_cast<uint64_t *>(memory.mutable_data_ptr<int64_t>());
  const Fault fault = search.k > 0 ? run(keys) : Fault{};
  if (fault.row >= 0) {
    const int64_t query = search.query_ids != nullptr ? search.query_ids[fault.row] : fault.row;
    throw InvalidArgument("query " + to_string(query) + " (row " + to_string(fault.row) + ") scores item " +
                          to_string(fault.item) + " as NaN; check the model's weights, or exclude the item");
  }
  decode_keys(search, keys, width, ids, scores);
}

/// Scores are made in full precision and leave no graph, whatever the caller's thread is set to.
struct PlainMode {
  c10::AutoGradMode grad{false};
  c10::impl::ExcludeDispatchKeyGuard autocast{c10::autocast_dispatch_keyset};
};

struct DotContext {
  at::Tensor queries;
  at::Tensor items;
  at::Tensor bias;
};

at::Tensor dot_block(const void *context, int64_t begin, int64_t end) {
  const auto &dot = *static_cast<const DotContext *>(context);
  const at::Tensor scores = at::mm(dot.queries.slice(0, begin, end), dot.items.t());
  return dot.bias.defined() ? at::add(scores, dot.bias) : scores;
}

at::Tensor given_block(const void *context, int64_t begin, int64_t end) {
  return static_cast<const at::Tensor *>(context)->slice(0, begin, end);
}

bool runs_on_tensors(const SRTopKOptions &options, const at::Tensor &tensor) {
  const bool runs = options.path == kPathTensor || !tensor.is_cpu();
  require(!runs || options.allowed == nullptr, "allowed items are for the CPU; exclude the others");
  return runs;
}

} // namespace
} // namespace sr::retrieval

extern "C" {

int32_t sr_retrieval_topk_dot(const SRTensor *queries, const SRTensor *items, const SRTensor *item_bias,
                              const SRTopKOptions *options, int32_t *ids, float *scores) {
  using namespace sr::retrieval;
  SR_GUARD({
    const PlainMode mode;
    DotContext dot{as_float(sr::unwrap(queries), "queries"), as_float(sr::unwrap(items), "items"),
                   sr::unwrap_optional(item_bias)};
    require(dot.queries.dim() == 2 && dot.items.dim() == 2 && dot.queries.size(1) == dot.items.size(1),
            "queries " + shape(dot.queries) + " and items " + shape(dot.items) + "; pass [Q, D] and [N, D]");
    if (dot.bias.defined()) {
      dot.bias = as_float(dot.bias, "item bias");
      require(dot.bias.dim() == 1 && dot.bias.size(0) == dot.items.size(0),
              "item bias " + shape(dot.bias) + " for items " + shape(dot.items) + "; pass one number an item");
    }
    require(dot.queries.device() == dot.items.device() &&
                (!dot.bias.defined() || dot.bias.device() == dot.items.device()),
            "queries on " + dot.queries.device().str() + ", items on " + dot.items.device().str() +
                "; move them to one device");
    Search search = make_search(*options, dot.queries.size(0), dot.items.size(0));
    answer(search, options->k, ids, scores, [&](uint64_t *keys) {
      if (runs_on_tensors(*options, dot.items)) {
        return search_tensor(search, dot.items.device(), dot_block, &dot, keys);
      }
      search.kernels = kernels_or_throw(options->path);
      const at::Tensor q = dot.queries.contiguous();
      const at::Tensor v = dot.items.contiguous();
      const at::Tensor b = dot.bias.defined() ? dot.bias.contiguous() : dot.bias;
      return search_dot(search, q.const_data_ptr<float>(), v.const_data_ptr<float>(), v.size(1),
                        b.defined() ? b.const_data_ptr<float>() : nullptr, keys);
    });
  });
}

int32_t sr_retrieval_topk_scores(const SRTensor *matrix, const SRTopKOptions *options, int32_t *ids, float *scores) {
  using namespace sr::retrieval;
  SR_GUARD({
    const PlainMode mode;
    at::Tensor given = as_float(sr::unwrap(matrix), "scores");
    require(given.dim() == 2, "scores " + shape(given) + "; pass [Q, N]");
    Search search = make_search(*options, given.size(0), given.size(1));
    answer(search, options->k, ids, scores, [&](uint64_t *keys) {
      if (runs_on_tensors(*options, given)) {
        return search_tensor(search, given.device(), given_block, &given, keys);
      }
      search.kernels = kernels_or_throw(options->path);
      if (given.stride(1) != 1)
        given = given.contiguous();
      return search_scores(search, given.const_data_ptr<float>(), given.stride(0), keys);
    });
  });
}

int32_t sr_retrieval_compress(const SRTensor *items, const SRTensor *item_bias, SRTensor **codes, SRTensor **scales,
                              SRCodeBounds *bounds) {
  using namespace sr::retrieval;
  SR_GUARD({
    const PlainMode mode;
    const at::Tensor v = as_float(sr::unwrap(items), "items").contiguous();
    require(v.dim() == 2 && v.is_cpu(), "items " + shape(v) + " on " + v.device().str() + "; pass [N, D] on the CPU");
    Codes made;
    if (const at::Tensor given = sr::unwrap_optional(item_bias); given.defined()) {
      const at::Tensor b = as_float(given, "item bias").contiguous();
      require(b.dim() == 1 && b.size(0) == v.size(0) && b.is_cpu(), "item bias " + shape(b) + " for items " + shape(v));
      for (int64_t i = 0; i < b.size(0); ++i) {
        const float value = b.const_data_ptr<float>()[i];
        require(value < std::numeric_limits<float>::infinity(),
                "the bias of item " + to_string(i) + " is " + to_string(value) + "; check the model's weights");
        if (value > -std::numeric_limits<float>::infinity())
          made.largest_bias = std::max(made.largest_bias, std::fabs(value));
      }
    }
    const int64_t panels = (v.size(0) + kPanel - 1) / kPanel;
    const int64_t groups = (v.size(1) + kCodeGroup - 1) / kCodeGroup;
    const at::Tensor bytes = at::empty({panels, groups, kPanel, kCodeGroup}, at::kByte);
    const at::Tensor sizes = at::empty({panels * kPanel}, at::kFloat);
    require(compress(v.const_data_ptr<float>(), v.size(0), v.size(1), bytes.mutable_data_ptr<uint8_t>(),
                     sizes.mutable_data_ptr<float>(), made),
            "items " + shape(v) + " hold values that are not finite; check the model's weights");
    *bounds = {made.residual, made.magnitude, made.largest_scale, made.largest_bias};
    *codes = sr::wrap(bytes);
    *scales = sr::wrap(sizes);
  });
}

int32_t sr_retrieval_topk_codes(const SRTensor *queries, const SRTensor *items, const SRTensor *item_bias,
                                const SRTensor *codes, const SRTensor *scales, const SRCodeBounds *bounds,
                                const SRTopKOptions *options, int32_t *ids, float *scores, int64_t *scored) {
  using namespace sr::retrieval;
  SR_GUARD({
    const PlainMode mode;
    const at::Tensor q = as_float(sr::unwrap(queries), "queries").contiguous();
    const at::Tensor v = as_float(sr::unwrap(items), "items").contiguous();
    const at::Tensor given = sr::unwrap_optional(item_bias);
    const at::Tensor b = given.defined() ? as_float(given, "item bias").contiguous() : given;
    const at::Tensor &bytes = sr::unwrap(codes);
    const at::Tensor &sizes = sr::unwrap(scales);
    require(q.dim() == 2 && v.dim() == 2 && q.size(1) == v.size(1),
            "queries " + shape(q) + " and items " + shape(v) + "; pass [Q, D] and [N, D]");
    require(!b.defined() || (b.dim() == 1 && b.size(0) == v.size(0)),
            "item bias " + shape(b) + " for items " + shape(v));
    const int64_t panels = (v.size(0) + kPanel - 1) / kPanel;
    const int64_t groups = (v.size(1) + kCodeGroup - 1) / kCodeGroup;
    require(bytes.scalar_type() == at::kByte && bytes.is_contiguous() && sizes.scalar_type() == at::kFloat &&
                sizes.is_contiguous() && bytes.numel() == panels * groups * kPanel * kCodeGroup &&
                sizes.numel() == panels * kPanel,
            "codes " + shape(bytes) + " and scales " + shape(sizes) + " are not those of items " + shape(v));
    require(q.is_cpu() && v.is_cpu() && bytes.is_cpu() && sizes.is_cpu() && (!b.defined() || b.is_cpu()),
            "codes are searched on the CPU; move all tensors there");
    Search search = make_search(*options, q.size(0), v.size(0));
    search.kernels = kernels_or_throw(options->path);
    const Codes made{
        bytes.const_data_ptr<uint8_t>(), sizes.const_data_ptr<float>(), bounds->residual, bounds->magnitude,
        bounds->largest_scale,           bounds->largest_bias};
    int64_t count = 0;
    answer(search, options->k, ids, scores, [&](uint64_t *keys) {
      return search_codes(search, *code_kernels_for(options->path), made, q.const_data_ptr<float>(),
                          v.const_data_ptr<float>(), v.size(1), b.defined() ? b.const_data_ptr<float>() : nullptr, keys,
                          &count);
    });
    *scored = count;
  });
}

bool sr_retrieval_has_path(int32_t path) {
  return path == sr::retrieval::kPathTensor || sr::retrieval::kernels_for(path) != nullptr;
}

} // extern "C"
