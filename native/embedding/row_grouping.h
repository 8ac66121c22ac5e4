// Groups the equal ids of a batch without a sort.
#pragma once
#include <cstdint>
#include <vector>

namespace sr::embedding {

/// An open-addressing table from id to its slot, and the positions of a slot chained in the order of the batch, so that
/// repeated rows are always summed in the same order.
class RowGrouping {
public:
  /// Throws sr::InvalidArgument with the position of an id outside 0..<rows; `what` names the table.
  void build(const int64_t *ids, int64_t count, int64_t rows, const char *what);

  int64_t unique() const { return static_cast<int64_t>(row.size()); }

  std::vector<int64_t> row;   // slot -> id, in the order of first appearance
  std::vector<int32_t> first; // slot -> first position
  std::vector<int32_t> next;  // position -> next position of the same id, -1 at the end

private:
  std::vector<int32_t> last;  // slot -> last position
  std::vector<int32_t> table; // hash -> slot, -1 when free
};

} // namespace sr::embedding
