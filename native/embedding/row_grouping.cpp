#include "row_grouping.h"

#include <limits>
#include <string>

#include "guard.h"

namespace sr::embedding {

void RowGrouping::build(const int64_t *ids, int64_t count, int64_t rows, const char *what) {
  if (count > std::numeric_limits<int32_t>::max())
    throw InvalidArgument(std::to_string(count) + " ids in one batch; at most 2147483647 are taken");
  size_t capacity = 16;
  while (capacity < static_cast<size_t>(count) * 2)
    capacity *= 2;
  table.assign(capacity, -1);
  row.clear();
  first.clear();
  last.clear();
  next.assign(count, -1);
  const size_t mask = capacity - 1;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t id = ids[i];
    if (id < 0 || id >= rows)
      throw InvalidArgument(std::string(what) + " " + std::to_string(id) + " at position " + std::to_string(i) +
                            " is outside 0..<" + std::to_string(rows));
    size_t h = static_cast<size_t>(id) * 0x9E3779B97F4A7C15ull >> 20 & mask;
    while (table[h] >= 0 && row[table[h]] != id)
      h = (h + 1) & mask;
    if (table[h] < 0) {
      table[h] = static_cast<int32_t>(row.size());
      row.push_back(id);
      first.push_back(static_cast<int32_t>(i));
      last.push_back(static_cast<int32_t>(i));
    } else {
      const int32_t slot = table[h];
      next[last[slot]] = static_cast<int32_t>(i);
      last[slot] = static_cast<int32_t>(i);
    }
  }
}

} // namespace sr::embedding
