// Blocks of columns to and from the memory that travels between ranks.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <limits>

#include "guard.h"
#include "swiftrec/sharding.h"

namespace {

bool is_real(at::ScalarType type) { return type == at::kFloat || type == at::kHalf || type == at::kBFloat16; }

/// The last element that a block touches, plus one; throws where that is outside `count` elements.
void require_inside(int64_t first, int64_t stride, const SRBlockMove &move, int64_t count) {
  const auto last = static_cast<__int128>(first) + static_cast<__int128>(stride) * (move.rows - 1) + move.width;
  if (first < 0 || stride < 0 || last > count)
    throw sr::InvalidArgument("a block leaves its tensor");
}

template <class From, class To>
void move_rows(const SRBlockMove &move, const From *from, To *to, const float *scales, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const From *in = from + move.from + row * move.from_stride;
    To *out = to + move.to + row * move.to_stride;
    const float scale = scales == nullptr ? 1 : scales[row];
    if (move.add)
      for (int64_t i = 0; i < move.width; ++i)
        out[i] = static_cast<To>(static_cast<float>(out[i]) + static_cast<float>(in[i]) * scale);
    else
      for (int64_t i = 0; i < move.width; ++i)
        out[i] = static_cast<To>(static_cast<float>(in[i]) * scale);
  }
}

void copy_rows(const SRBlockMove &move, const char *from, char *to, int64_t size, int64_t begin, int64_t end) {
  if (move.from_stride == move.width && move.to_stride == move.width) {
    std::memcpy(to + (move.to + begin * move.width) * size, from + (move.from + begin * move.width) * size,
                (end - begin) * move.width * size);
    return;
  }
  for (int64_t row = begin; row < end; ++row)
    std::memcpy(to + (move.to + row * move.to_stride) * size, from + (move.from + row * move.from_stride) * size,
                move.width * size);
}

template <class From>
void convert_rows(const SRBlockMove &move, const From *from, at::Tensor &to, const float *scales, int64_t begin,
                  int64_t end) {
  switch (to.scalar_type()) {
  case at::kFloat:
    return move_rows(move, from, to.mutable_data_ptr<float>(), scales, begin, end);
  case at::kHalf:
    return move_rows(move, from, to.mutable_data_ptr<at::Half>(), scales, begin, end);
  default:
    return move_rows(move, from, to.mutable_data_ptr<at::BFloat16>(), scales, begin, end);
  }
}

void carry_out(const SRBlockMove &move, const at::Tensor &from, at::Tensor &to, const float *scales, int64_t begin,
               int64_t end) {
  end = std::min(end, move.rows);
  if (begin >= end || move.width == 0)
    return;
  if (from.scalar_type() == to.scalar_type() && !move.add && scales == nullptr)
    return copy_rows(move, static_cast<const char *>(from.const_data_ptr()), static_cast<char *>(to.mutable_data_ptr()),
                     from.element_size(), begin, end);
  switch (from.scalar_type()) {
  case at::kFloat:
    return convert_rows(move, from.const_data_ptr<float>(), to, scales, begin, end);
  case at::kHalf:
    return convert_rows(move, from.const_data_ptr<at::Half>(), to, scales, begin, end);
  default:
    return convert_rows(move, from.const_data_ptr<at::BFloat16>(), to, scales, begin, end);
  }
}

/// The same by LibTorch's operators, where the tensors are on a GPU.
void carry_out_on_device(const SRBlockMove &move, const at::Tensor &from, at::Tensor &to, const at::Tensor &scales) {
  if (move.rows == 0 || move.width == 0)
    return;
  auto piece = from.as_strided({move.rows, move.width}, {move.from_stride, 1}, from.storage_offset() + move.from);
  auto target = to.as_strided({move.rows, move.width}, {move.to_stride, 1}, to.storage_offset() + move.to);
  if (move.scale >= 0)
    piece = piece.to(at::kFloat) * scales[move.scale].narrow(0, 0, move.rows).unsqueeze(1);
  if (move.add)
    target.copy_(target.to(at::kFloat) + piece);
  else
    target.copy_(piece);
}

} // namespace

extern "C" int32_t sr_move_blocks(const SRTensor *from_, SRTensor *to_, const SRBlockMove *moves, intptr_t count,
                                  const SRTensor *scales_) {
  SR_GUARD({
    const auto &from = sr::unwrap(from_);
    at::Tensor to = sr::unwrap(to_);
    const auto scales = sr::unwrap_optional(scales_);
    const at::NoGradGuard no_grad;
    if (!from.is_contiguous() || !to.is_contiguous() || from.device() != to.device())
      throw sr::InvalidArgument("blocks are moved between contiguous tensors on one device");
    if (scales.defined() && (scales.scalar_type() != at::kFloat || scales.dim() != 2 || !scales.is_contiguous() ||
                             scales.device() != from.device()))
      throw sr::InvalidArgument("scales must be [S, rows] float32, contiguous, beside the blocks");
    const bool real = is_real(from.scalar_type()) && is_real(to.scalar_type());
    int64_t rows = 0;
    int64_t elements = 0;
    for (intptr_t i = 0; i < count; ++i) {
      const auto &move = moves[i];
      if (move.rows < 0 || move.width < 0)
        throw sr::InvalidArgument("a block has a negative size");
      if (!real && (move.add || move.scale >= 0 || from.scalar_type() != to.scalar_type()))
        throw sr::InvalidArgument("only float32, float16 and bfloat16 are converted, added and scaled");
      if (move.scale >= 0 && (!scales.defined() || move.scale >= scales.size(0) || move.rows > scales.size(1)))
        throw sr::InvalidArgument("a block names a scale that is not there");
      if (move.rows == 0 || move.width == 0)
        continue;
      require_inside(move.from, move.from_stride, move, from.numel());
      require_inside(move.to, move.to_stride, move, to.numel());
      rows = std::max(rows, move.rows);
      elements += move.rows * move.width;
    }
    if (!from.device().is_cpu()) {
      for (intptr_t i = 0; i < count; ++i)
        carry_out_on_device(moves[i], from, to, scales);
      return;
    }
    const auto scale_of = [&](const SRBlockMove &move) {
      return move.scale < 0 ? nullptr : scales.const_data_ptr<float>() + move.scale * scales.size(1);
    };
    if (elements < 65536) {
      for (intptr_t i = 0; i < count; ++i)
        carry_out(moves[i], from, to, scale_of(moves[i]), 0, moves[i].rows);
      return;
    }
    // By rows: moves that meet are carried out in their order by one thread, and a row of all blocks stays in the
    // cache.
    const int64_t grain = std::max<int64_t>(64, rows / (4 * at::get_num_threads()));
    at::parallel_for(0, rows, grain, [&](int64_t begin, int64_t end) {
      for (int64_t at = begin; at < end; at += 64)
        for (intptr_t i = 0; i < count; ++i)
          carry_out(moves[i], from, to, scale_of(moves[i]), at, std::min(end, at + 64));
    });
  });
}
