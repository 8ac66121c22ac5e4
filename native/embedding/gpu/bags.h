// Lookup and update of tables that a launcher serves: rows, ids, offsets and outputs on one device.
#pragma once
#include "embedding/tables.h"

namespace sr::gpu {

using embedding::BagBatch;
using embedding::RowTables;

/// Looks up every feature and fills `batch.ends`. Throws, with `fault` set for an id outside its table, before anything
/// is returned.
std::vector<at::Tensor> look_up(const RowTables &tables, BagBatch &batch, const std::vector<int64_t> &rows,
                                const std::vector<int64_t> &columns, SRBagFault *fault);

/// The gradient of the batch's weights from those of the outputs (float32, contiguous; undefined for none).
at::Tensor weight_gradient(const RowTables &tables, const BagBatch &batch, const std::vector<at::Tensor> &gradients);

/// As embedding::update_rows.
void update_rows(RowTables &tables, const BagBatch &batch, const std::vector<at::Tensor> &gradients);

} // namespace sr::gpu
