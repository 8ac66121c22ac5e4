// The best items so far of a few queries, as one thread keeps them.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cstdint>
#include <memory>
#include <new>

#include "topk.h"

namespace sr::retrieval {

/// Memory on cache lines, not initialised.
template <typename T> class Buffer {
public:
  explicit Buffer(int64_t count)
      : data_(static_cast<T *>(::operator new (sizeof(T) * static_cast<size_t>(count) + 64, std::align_val_t{64}))) {}
  T *get() const { return data_.get(); }
  T &operator[](int64_t i) const { return data_.get()[i]; }

private:
  struct Free {
    void operator()(T *p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::unique_ptr<T, Free> data_;
};

/// Each query has up to k keys kept and a buffer of raw candidates behind them. A score enters the
/// buffer when it reaches the k-th best kept so far; a full buffer is merged by one selection. Over
/// items in random order about k * (1 + ln(N / k)) of N scores get that far.
class Candidates {
public:
  Candidates(const Search &search, int64_t rows)
      : search_(search), kernels_(*search.kernels), raw_capacity_(std::max<int64_t>(192, search.k)),
        raw_stride_(raw_capacity_ + kPanel + kSlack), key_stride_(search.k + raw_stride_), keys_(rows * key_stride_),
        raw_scores_(rows * raw_stride_), raw_items_(rows * raw_stride_), scratch_(key_stride_ + kSlack), states_(rows),
        thresholds_(rows) {
    std::fill(thresholds_.get(), thresholds_.get() + rows, -FLT_MAX);
  }

  const float *thresholds(int64_t slot) const { return thresholds_.get() + slot; }

  /// Opens a slot for a row; `saved` are its k keys from earlier items, or null.
  void open(int64_t slot, int64_t row, const uint64_t *saved) {
    State &state = states_[slot];
    state = {row, search_.tie(row), 0, 0};
    // Minus infinity is no candidate: whoever scores an item so has ruled it out.
    thresholds_[slot] = -FLT_MAX;
    if (saved == nullptr)
      return;
    uint64_t *keys = keys_.get() + slot * key_stride_;
    while (state.kept < search_.k && saved[state.kept] != 0) {
      keys[state.kept] = saved[state.kept];
      ++state.kept;
    }
    if (state.kept == search_.k)
      raise(slot, kernels_.select(keys, state.kept, search_.k, scratch()));
  }

  void add(int64_t slot, const float *scores, uint64_t hits, int64_t first_item) {
    State &state = states_[slot];
    const int64_t at = slot * raw_stride_ + state.raw;
    state.raw +=
        kernels_.append(scores, hits, static_cast<int32_t>(first_item), raw_scores_.get() + at, raw_items_.get() + at);
    if (state.raw >= raw_capacity_)
      merge(slot);
  }

  /// Writes the slot's k keys, padded with 0; sorted if these were the last items.
  void close(int64_t slot, bool last, uint64_t *out) {
    merge(slot);
    const State &state = states_[slot];
    uint64_t *keys = keys_.get() + slot * key_stride_;
    if (last)
      kernels_.sort(keys, state.kept, scratch());
    std::copy(keys, keys + state.kept, out);
    std::fill(out + state.kept, out + search_.k, uint64_t{0});
  }

  const Fault &fault() const { return fault_; }

private:
  struct State {
    int64_t row;
    TieKey tie;
    int64_t kept;
    int64_t raw;
  };

  uint64_t *scratch() const { return scratch_.get(); }

  void raise(int64_t slot, uint64_t least_key) {
    thresholds_[slot] = score_of_bits(static_cast<uint32_t>(least_key >> 32));
  }

  void merge(int64_t slot) {
    State &state = states_[slot];
    if (state.raw == 0)
      return;
    float *scores = raw_scores_.get() + slot * raw_stride_;
    int32_t *items = raw_items_.get() + slot * raw_stride_;
    uint64_t *keys = keys_.get() + slot * key_stride_;
    int64_t raw = state.raw;
    int nans = 0;
    for (int64_t i = 0; i < raw; ++i)
      nans += scores[i] != scores[i];
    if (nans != 0)
      raw = drop_nans(state.row, scores, items, raw);
    kernels_.make_keys(state.tie, scores, items, static_cast<int>(raw), keys + state.kept);
    state.kept += raw;
    state.raw = 0;
    if (state.kept < search_.k)
      return;
    raise(slot, kernels_.select(keys, state.kept, search_.k, scratch()));
    state.kept = search_.k;
  }

  int64_t drop_nans(int64_t row, float *scores, int32_t *items, int64_t n) {
    int64_t left = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (scores[i] != scores[i]) {
        if (fault_.row < 0 || row < fault_.row)
          fault_ = {row, items[i]};
        continue;
      }
      scores[left] = scores[i];
      items[left++] = items[i];
    }
    return left;
  }

  const Search &search_;
  const Kernels &kernels_;
  int64_t raw_capacity_;
  int64_t raw_stride_;
  int64_t key_stride_;
  Buffer<uint64_t> keys_;
  Buffer<float> raw_scores_;
  Buffer<int32_t> raw_items_;
  Buffer<uint64_t> scratch_;
  Buffer<State> states_;
  Buffer<float> thresholds_;
  Fault fault_;
};

/// Which of the items first ..< first + 64 * panels a row may get, one word a panel; `first` is a multiple of 64.
inline void mark_allowed(const Search &search, int64_t row, int64_t first, int64_t count, int64_t panels,
                         uint64_t *words) {
  if (search.allowed != nullptr) {
    const int64_t stride = (search.items + kPanel - 1) / kPanel;
    const uint64_t *from = search.allowed + row * stride + first / kPanel;
    std::copy(from, from + panels, words);
  } else {
    std::fill(words, words + panels, ~uint64_t{0});
  }
  if (count % kPanel != 0)
    words[panels - 1] &= (uint64_t{1} << (count % kPanel)) - 1;
  if (search.offsets == nullptr)
    return;
  for (int64_t i = search.offsets[row]; i < search.offsets[row + 1]; ++i) {
    const int64_t item = search.excluded[i] - first;
    if (item >= 0 && item < count)
      words[item / kPanel] &= ~(uint64_t{1} << (item % kPanel));
  }
}

} // namespace sr::retrieval
