#include "tensor_topk.h"

#include <ATen/ATen.h>

#include <limits>
#include <vector>

namespace sr::retrieval {
namespace {

constexpr int64_t kScoresPerBlock = int64_t{1} << 22;
constexpr int64_t kWord = 0xFFFFFFFF;
/// The key of an item that is no candidate, with the top bit turned for signed order.
constexpr int64_t kNoItem = std::numeric_limits<int64_t>::min();

at::Tensor multiply32(const at::Tensor &x, int64_t factor) { return x.mul(factor).bitwise_and_(kWord); }

at::Tensor fold(const at::Tensor &x, int64_t shift) { return x.bitwise_xor(x.bitwise_right_shift(shift)); }

/// `mix32` on int64 tensors that hold 32-bit words.
at::Tensor mix(at::Tensor x) {
  x = multiply32(fold(x, 16), 0x7FEB352D);
  x = multiply32(fold(x, 15), 0x846CA68B);
  return fold(x, 16);
}

/// Keys as `make_key` makes them, but for the top bit: int64 sorts them as uint64 sorts those.
at::Tensor signed_keys(const at::Tensor &scores, const at::Tensor &first, const at::Tensor &second,
                       const at::Tensor &items) {
  const at::Tensor hash = mix(mix(items.bitwise_xor(first)).add_(second).bitwise_and_(kWord));
  const at::Tensor bits = scores.add(0.0).view(at::kInt);
  const at::Tensor ordered = bits.bitwise_xor(bits.bitwise_right_shift(31).bitwise_and_(0x7FFFFFFF)).to(at::kLong);
  return ordered.mul_(int64_t{1} << 32).bitwise_or_(hash);
}

at::Tensor on_device(const std::vector<int64_t> &values, const at::Device &device) {
  return at::tensor(values, at::kLong).to(device);
}

} // namespace

Fault search_tensor(const Search &search, const at::Device &device, ScoreBlock block, const void *context,
                    uint64_t *keys) {
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const int64_t rows = std::max<int64_t>(1, kScoresPerBlock / std::max<int64_t>(1, search.items));
  const at::Tensor items = at::arange(search.items, at::TensorOptions(at::kLong).device(device));
  for (int64_t begin = 0; begin < search.queries; begin += rows) {
    const int64_t end = std::min(search.queries, begin + rows);
    at::Tensor scores = block(context, begin, end);
    if (search.offsets != nullptr) {
      std::vector<int64_t> positions;
      for (int64_t row = begin; row < end; ++row) {
        for (int64_t i = search.offsets[row]; i < search.offsets[row + 1]; ++i) {
          positions.push_back((row - begin) * search.items + search.excluded[i]);
        }
      }
      scores = scores.flatten().index_fill(0, on_device(positions, device), kNever).view({end - begin, search.items});
    }
    const at::Tensor nan = scores.isnan();
    if (nan.any().item<bool>()) {
      const at::Tensor place = nan.nonzero().cpu();
      return {begin + place[0][0].item<int64_t>(), place[0][1].item<int64_t>()};
    }
    std::vector<int64_t> first;
    std::vector<int64_t> second;
    for (int64_t row = begin; row < end; ++row) {
      const TieKey tie = search.tie(row);
      first.push_back(tie.first);
      second.push_back(tie.second);
    }
    const at::Tensor all =
        signed_keys(scores, on_device(first, device).unsqueeze(1), on_device(second, device).unsqueeze(1), items)
            .masked_fill_(scores.eq(kNever), kNoItem);
    const at::Tensor best = std::get<0>(all.topk(search.k, 1, true, true)).cpu().contiguous();
    const int64_t *values = best.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < (end - begin) * search.k; ++i) {
      keys[begin * search.k + i] = static_cast<uint64_t>(values[i]) ^ (uint64_t{1} << 63);
    }
  }
  return {};
}

} // namespace sr::retrieval
