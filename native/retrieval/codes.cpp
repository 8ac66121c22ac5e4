#include "codes.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cfloat>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "candidates.h"

namespace sr::retrieval {
namespace {

/// Queries that pass the items together: their words of allowed items stay in the caches.
constexpr int64_t kQueryBlock = 32;
/// Panels that are worth a thread.
constexpr int64_t kThreadPanels = 1024;
/// Panels that all queries pass before the next ones are read: 1 MB of codes at 64 dimensions.
constexpr int64_t kPanelBlock = 256;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The items of one query that may be among the best so far.
class Kept {
public:
  explicit Kept(int64_t k) : k_(static_cast<size_t>(k)), limit_(4 * k_ + 1024) {}

  float threshold() const { return threshold_; }
  size_t count() const { return items_.size(); }
  int32_t item(size_t i) const { return items_[i]; }

  /// - `uppers`: of a panel, with the scales that say how far below the lower bounds are.
  void add(const float *uppers, const float *scales, uint64_t hits, int64_t first, const CodeQuery &query) {
    for (; hits != 0; hits &= hits - 1) {
      const int j = __builtin_ctzll(hits);
      uppers_.push_back(uppers[j]);
      lowers_.push_back(uppers[j] - 2 * (scales[j] * query.width + query.slack));
      items_.push_back(static_cast<int32_t>(first + j));
    }
    if (items_.size() >= limit_)
      prune();
  }

  void append(const Kept &other) {
    uppers_.insert(uppers_.end(), other.uppers_.begin(), other.uppers_.end());
    lowers_.insert(lowers_.end(), other.lowers_.begin(), other.lowers_.end());
    items_.insert(items_.end(), other.items_.begin(), other.items_.end());
  }

  /// Drops what can't be among the best k any more.
  void prune() {
    if (items_.size() > k_) {
      scratch_ = lowers_;
      const auto kth = scratch_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
      std::nth_element(scratch_.begin(), kth, scratch_.end(), std::greater<>());
      threshold_ = std::max(threshold_, *kth);
      size_t left = 0;
      for (size_t i = 0; i < items_.size(); ++i) {
        if (uppers_[i] < threshold_)
          continue;
        uppers_[left] = uppers_[i];
        lowers_[left] = lowers_[i];
        items_[left++] = items_[i];
      }
      uppers_.resize(left);
      lowers_.resize(left);
      items_.resize(left);
    }
    limit_ = std::max(4 * k_ + 1024, 2 * items_.size());
  }

private:
  size_t k_;
  size_t limit_;
  float threshold_ = -FLT_MAX;
  std::vector<float> uppers_;
  std::vector<float> lowers_;
  std::vector<int32_t> items_;
  std::vector<float> scratch_;
};

/// A query's bytes and what they need; false where its numbers are too large for the bounds, or not finite.
bool encode(const float *query, int64_t dim, const Codes &codes, CodeQuery &out, std::vector<int8_t> &bytes) {
  float largest = 0;
  double square = 0;
  for (int64_t d = 0; d < dim; ++d) {
    largest = std::max(largest, std::fabs(query[d]));
    square += static_cast<double>(query[d]) * query[d];
  }
  const double norm = std::sqrt(square);
  const double reach = norm * (codes.magnitude + codes.residual) * codes.largest_scale;
  // Not finite compares as false.
  if (!(norm < 1e30 && reach < 1e30))
    return false;
  const float factor = std::max(largest / 127, FLT_MIN);
  double rest = 0;
  int32_t sum = 0;
  std::fill(bytes.begin(), bytes.end(), int8_t{0});
  for (int64_t d = 0; d < dim; ++d) {
    const float code = std::clamp(std::nearbyint(query[d] / factor), -127.0f, 127.0f);
    bytes[d] = static_cast<int8_t>(code);
    sum += static_cast<int32_t>(code);
    const double error = query[d] - static_cast<double>(factor) * code;
    rest += error * error;
  }
  // Float rounding: one step a dimension in the full score, a few here; relative to |q| |x| <= |q| s (M + R).
  const double rounding = (static_cast<double>(dim) + 32) * 0x1p-23;
  const double reached = norm * codes.residual + std::sqrt(rest) * codes.magnitude;
  out.factor = factor;
  out.width = static_cast<float>((reached + rounding * norm * (codes.magnitude + codes.residual)) * (1 + 1e-5));
  out.slack = codes.largest_bias * 0x1p-19f;
  out.threshold = -FLT_MAX;
  out.offset = 128 * sum;
  return true;
}

/// Scores the kept items of a row in full and writes the keys of the best.
Fault finish(const Search &search, int64_t row, const Kept &kept, const float *query, const float *items, int64_t dim,
             const float *bias, uint64_t *out) {
  const Kernels &kernels = *search.kernels;
  const int64_t count = static_cast<int64_t>(kept.count());
  Buffer<float> queries(dim * kRows);
  Buffer<float> panel(dim * kPanel);
  Buffer<float> scores(count + kSlack);
  Buffer<int32_t> found(count + kSlack);
  Buffer<uint64_t> keys(count + kSlack);
  Buffer<uint64_t> scratch(count + kSlack);
  alignas(64) float tile[kRows * kPanel];
  alignas(64) float biases[kPanel];
  float thresholds[kRows];
  std::fill(thresholds, thresholds + kRows, -FLT_MAX);
  for (int64_t d = 0; d < dim; ++d) {
    for (int r = 0; r < kRows; ++r)
      queries[d * kRows + r] = r == 0 ? query[d] : 0.0f;
  }
  int64_t used = 0;
  Fault fault;
  for (int64_t first = 0; first < count; first += kPanel) {
    const int width = static_cast<int>(std::min<int64_t>(kPanel, count - first));
    for (int j = 0; j < kPanel; ++j) {
      const int64_t item = kept.item(static_cast<size_t>(first + std::min(j, width - 1)));
      const float *values = items + item * dim;
      for (int64_t d = 0; d < dim; ++d)
        panel[d * kPanel + j] = values[d];
      biases[j] = bias != nullptr ? bias[item] : 0.0f;
    }
    uint64_t allowed[kRows] = {width == kPanel ? ~uint64_t{0} : (uint64_t{1} << width) - 1};
    uint64_t hits[kRows];
    kernels.score(queries.get(), dim, panel.get(), bias != nullptr ? biases : nullptr, thresholds, allowed, tile, hits);
    for (uint64_t left = hits[0]; left != 0; left &= left - 1) {
      const int j = __builtin_ctzll(left);
      const int32_t item = kept.item(static_cast<size_t>(first + j));
      if (tile[j] != tile[j]) {
        if (fault.row < 0)
          fault = {row, item};
        continue;
      }
      scores[used] = tile[j];
      found[used++] = item;
    }
  }
  kernels.make_keys(search.tie(row), scores.get(), found.get(), static_cast<int>(used), keys.get());
  const int64_t best = std::min(used, search.k);
  if (used > search.k)
    kernels.select(keys.get(), used, search.k, scratch.get());
  kernels.sort(keys.get(), best, scratch.get());
  std::copy(keys.get(), keys.get() + best, out);
  std::fill(out + best, out + search.k, uint64_t{0});
  return fault;
}

} // namespace

bool compress(const float *items, int64_t count, int64_t dim, uint8_t *codes, float *scales, Codes &bounds) {
  const int64_t panels = ceil_div(count, kPanel);
  const int64_t groups = ceil_div(dim, kCodeGroup);
  const int64_t panel_bytes = groups * kPanel * kCodeGroup;
  std::vector<double> residuals(panels), magnitudes(panels);
  std::atomic<bool> finite{true};
  at::parallel_for(0, panels, 64, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      uint8_t *to = codes + panel * panel_bytes;
      std::fill(to, to + panel_bytes, uint8_t{128});
      for (int64_t j = 0; j < kPanel; ++j) {
        const int64_t item = panel * kPanel + j;
        scales[item] = 0;
        if (item >= count)
          continue;
        const float *values = items + item * dim;
        float largest = 0;
        float sum = 0;
        for (int64_t d = 0; d < dim; ++d) {
          largest = std::max(largest, std::fabs(values[d]));
          sum += std::fabs(values[d]);
        }
        // A sum shows what is not a number, which a maximum hides.
        if (!(sum < 1e30f)) {
          finite = false;
          return;
        }
        const float scale = std::max(largest / 127, FLT_MIN);
        double rest = 0;
        double length = 0;
        for (int64_t d = 0; d < dim; ++d) {
          const float code = std::clamp(std::nearbyint(values[d] / scale), -127.0f, 127.0f);
          to[(d / kCodeGroup) * kPanel * kCodeGroup + j * kCodeGroup + d % kCodeGroup] =
              static_cast<uint8_t>(static_cast<int>(code) + 128);
          const double error = values[d] / static_cast<double>(scale) - code;
          rest += error * error;
          length += static_cast<double>(code) * code;
        }
        scales[item] = scale;
        residuals[panel] = std::max(residuals[panel], std::sqrt(rest));
        magnitudes[panel] = std::max(magnitudes[panel], std::sqrt(length));
      }
    }
  });
  const auto most = [](const std::vector<double> &values) {
    const double largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    return static_cast<float>(largest * (1 + 1e-6));
  };
  bounds.residual = most(residuals);
  bounds.magnitude = most(magnitudes);
  bounds.largest_scale = count == 0 ? 0 : *std::max_element(scales, scales + count);
  return finite;
}

Fault search_codes(const Search &search, const CodeKernels &code_kernels, const Codes &codes, const float *queries,
                   const float *items, int64_t dim, const float *bias, uint64_t *keys, int64_t *scored) {
  const int64_t panels = ceil_div(search.items, kPanel);
  const int64_t groups = ceil_div(dim, kCodeGroup);
  const int64_t panel_bytes = groups * kPanel * kCodeGroup;
  // The last panel's biases and scales are read whole.
  alignas(64) float last_bias[kPanel] = {};
  if (bias != nullptr)
    std::copy(bias + (panels - 1) * kPanel, bias + search.items, last_bias);
  std::atomic<int64_t> total{0};
  Fault fault;

  for (int64_t first = 0; first < search.queries; first += kQueryBlock) {
    const int64_t count = std::min(kQueryBlock, search.queries - first);
    const int64_t tiles = count == 1 ? 1 : ceil_div(count, kCodeRows);
    const int rows = count == 1 ? 1 : kCodeRows;
    // By tile, so that a kernel finds its queries side by side. Places beyond the last query are allowed nothing.
    std::vector<CodeQuery> heads(tiles * rows);
    std::vector<int32_t> packed(tiles * rows * groups);
    std::vector<int8_t> bytes(groups * kCodeGroup);
    std::vector<uint64_t> allowed(tiles * rows * panels);
    for (int64_t slot = 0; slot < count; ++slot) {
      const int64_t tile = slot / rows;
      if (!encode(queries + (first + slot) * dim, dim, codes, heads[slot], bytes))
        return search_dot(search, queries, items, dim, bias, keys);
      for (int64_t group = 0; group < groups; ++group) {
        __builtin_memcpy(packed.data() + (tile * groups + group) * rows + slot % rows,
                         bytes.data() + group * kCodeGroup, kCodeGroup);
      }
      mark_allowed(search, first + slot, 0, search.items, panels, allowed.data() + slot * panels);
    }

    const int64_t parts = std::clamp<int64_t>(panels / kThreadPanels, 1, at::get_num_threads());
    std::vector<std::vector<Kept>> kept(parts, std::vector<Kept>(count, Kept(search.k)));
    at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        std::vector<CodeQuery> own = heads;
        alignas(64) float tile_scores[kCodeRows * kPanel];
        const int64_t last = panels * (part + 1) / parts;
        for (int64_t block = panels * part / parts; block < last; block += kPanelBlock) {
          const int64_t block_end = std::min(last, block + kPanelBlock);
          for (int64_t tile = 0; tile < tiles; ++tile) {
            const int64_t slot = tile * rows;
            auto *const score = rows == 1 ? code_kernels.one : code_kernels.several;
            for (int64_t panel = block; panel < block_end; ++panel) {
              uint64_t words[kCodeRows] = {};
              uint64_t any = 0;
              for (int row = 0; row < rows; ++row)
                any |= words[row] = allowed[(slot + row) * panels + panel];
              if (any == 0)
                continue;
              uint64_t hits[kCodeRows];
              const float *scales = codes.scales + panel * kPanel;
              const float *biases = bias == nullptr ? nullptr : panel + 1 == panels ? last_bias : bias + panel * kPanel;
              score(own.data() + slot, packed.data() + slot * groups, groups, codes.codes + panel * panel_bytes, scales,
                    biases, words, tile_scores, hits);
              for (int row = 0; row < rows; ++row) {
                if (hits[row] == 0)
                  continue;
                Kept &mine = kept[part][slot + row];
                mine.add(tile_scores + row * kPanel, scales, hits[row], panel * kPanel, own[slot + row]);
                own[slot + row].threshold = mine.threshold();
              }
            }
          }
        }
      }
    });

    std::vector<Fault> faults(count);
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t slot = begin; slot < end; ++slot) {
        Kept all = std::move(kept[0][slot]);
        for (int64_t part = 1; part < parts; ++part)
          all.append(kept[part][slot]);
        all.prune();
        total += static_cast<int64_t>(all.count());
        faults[slot] = finish(search, first + slot, all, queries + (first + slot) * dim, items, dim, bias,
                              keys + (first + slot) * search.k);
      }
    });
    for (const Fault &found : faults) {
      if (found.row >= 0 && fault.row < 0)
        fault = found;
    }
  }
  *scored = total;
  return fault;
}

} // namespace sr::retrieval
