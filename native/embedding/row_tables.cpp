// Tables and their rules behind handles.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gpu/launcher.h"
#include "guard.h"
#include "tables.h"

namespace {

using sr::InvalidArgument;
using sr::embedding::Codec;
using sr::embedding::RowTable;
using sr::embedding::RowTables;
using sr::embedding::table_at;

at::ScalarType type_of(Codec codec) {
  switch (codec) {
  case Codec::float32:
    return at::kFloat;
  case Codec::float16:
    return at::kHalf;
  case Codec::bfloat16:
    return at::kBFloat16;
  default:
    return at::kByte;
  }
}

int64_t row_bytes_of(Codec codec, int64_t dim) {
  switch (codec) {
  case Codec::float32:
    return dim * 4;
  case Codec::float16:
  case Codec::bfloat16:
    return dim * 2;
  case Codec::int8:
    return dim + 8;
  case Codec::int4:
    return (dim + 1) / 2 + 4;
  }
  throw InvalidArgument("unknown row type");
}

void expect_state(const at::Tensor &state, const RowTable &table, bool row_wise, const char *name) {
  const int64_t rows = table.rows, dim = table.dim;
  const bool shaped = row_wise ? state.dim() == 1 && state.size(0) == rows
                               : state.dim() == 2 && state.size(0) == rows && state.size(1) == dim;
  if (state.device() != table.weight.device() || state.scalar_type() != at::kFloat || !state.is_contiguous() || !shaped)
    throw InvalidArgument(std::string(name) +
                          " must be a contiguous float32 tensor on the table's device, one number a " +
                          (row_wise ? "row" : "weight"));
}

RowTable table_of(const SRRowTable &from) {
  RowTable t;
  t.weight = sr::unwrap(from.weight);
  t.codec = static_cast<Codec>(from.row_type);
  t.dim = from.dim;
  t.row_bytes = row_bytes_of(t.codec, t.dim);
  t.rule = from.rule;
  const int64_t columns = t.codec == Codec::int8 || t.codec == Codec::int4 ? t.row_bytes : t.dim;
  if (t.weight.dim() != 2 || t.dim < 1 || t.weight.size(1) != columns || !t.weight.is_contiguous() ||
      !(t.weight.is_cpu() || t.weight.is_cuda()) || t.weight.scalar_type() != type_of(t.codec))
    throw InvalidArgument("a table must be a contiguous CPU or CUDA tensor of " +
                          std::string(c10::toString(type_of(t.codec))) + " with " + std::to_string(columns) +
                          " columns for rows of " + std::to_string(t.dim));
  t.rows = t.weight.size(0);
  if (t.rows > std::numeric_limits<uint32_t>::max())
    throw InvalidArgument(std::to_string(t.rows) + " rows in one table; at most 4294967295 are taken, split the table");
  t.first_state = sr::unwrap_optional(from.first_state);
  t.second_state = sr::unwrap_optional(from.second_state);
  const int kind = from.rule.kind;
  if (kind != SR_RULE_NONE && columns != t.dim)
    throw InvalidArgument("quantised rows can't be trained");
  if (kind >= SR_RULE_ADAGRAD) {
    if (!t.first_state.defined())
      throw InvalidArgument("the rule needs its first state");
    expect_state(t.first_state, t, kind == SR_RULE_ROW_WISE_ADAGRAD, "the first state");
  }
  if (kind >= SR_RULE_ADAM) {
    if (!t.second_state.defined())
      throw InvalidArgument("the rule needs its second state");
    expect_state(t.second_state, t, kind == SR_RULE_ROW_WISE_ADAM, "the second state");
  }
  return t;
}

/// The device kernels know neither quantised rows nor tables in several places.
void serve_by(RowTables &tables, std::shared_ptr<const sr::gpu::Launcher> launcher) {
  for (const auto &table : tables.tables) {
    if (table.codec == Codec::int8 || table.codec == Codec::int4)
      throw InvalidArgument("quantised rows are looked up on the CPU only");
    if (table.weight.device() != tables.device())
      throw InvalidArgument("tables on " + table.weight.device().str() + " and on " + tables.device().str() +
                            " can't be served together");
  }
  tables.launcher = std::move(launcher);
}

} // namespace

namespace sr::embedding {

RowTable &table_at(const SRRowTables *handle, intptr_t index) {
  auto &tables = handle->held->tables;
  if (index < 0 || index >= static_cast<intptr_t>(tables.size()))
    throw InvalidArgument("table " + std::to_string(index) + " of " + std::to_string(tables.size()));
  return tables[index];
}

RowRule RowTable::rule_of(int64_t step) const {
  const double t = static_cast<double>(step);
  const bool decoupled = rule.kind == SR_RULE_ADAMW || rule.kind == SR_RULE_ROW_WISE_ADAM;
  RowRule r{};
  r.kind = static_cast<RuleKind>(rule.kind);
  r.learning_rate = static_cast<float>(rule.learning_rate);
  r.epsilon = static_cast<float>(rule.epsilon);
  r.beta1 = static_cast<float>(rule.beta1);
  r.beta2 = static_cast<float>(rule.beta2);
  r.correction1 = static_cast<float>(1 / (1 - std::pow(rule.beta1, t)));
  r.correction2 = static_cast<float>(1 / (1 - std::pow(rule.beta2, t)));
  r.l2 = decoupled ? 0.0f : static_cast<float>(rule.weight_decay);
  r.keep = decoupled ? static_cast<float>(1 - rule.learning_rate * rule.weight_decay) : 1.0f;
  r.clip = static_cast<float>(rule.clip);
  r.stochastic = rule.stochastic;
  r.seed = rule.seed + static_cast<uint32_t>(step) * 0x9E3779B9u;
  return r;
}

} // namespace sr::embedding

extern "C" int32_t sr_row_tables_create(const SRRowTable *tables, intptr_t count, SRRowTables **out) {
  SR_GUARD({
    auto held = std::make_shared<sr::embedding::RowTables>();
    for (intptr_t i = 0; i < count; ++i)
      held->tables.push_back(table_of(tables[i]));
    if (std::any_of(held->tables.begin(), held->tables.end(), [](const auto &t) { return t.weight.is_cuda(); }))
      serve_by(*held, sr::gpu::launcher_of(held->device()));
    *out = new SRRowTables{std::move(held)};
  });
}

extern "C" void sr_row_tables_free(SRRowTables *tables) { delete tables; }

extern "C" int32_t sr_row_tables_emulate(SRRowTables *tables) {
  SR_GUARD({
    if (!tables->held->device().is_cpu())
      throw InvalidArgument("the emulator runs on tables in main memory");
    serve_by(*tables->held, sr::gpu::emulator());
  });
}

extern "C" int32_t sr_row_tables_set_rule(SRRowTables *tables, intptr_t table, const SRRowRule *rule) {
  SR_GUARD({
    auto &t = table_at(tables, table);
    if (rule->kind != t.rule.kind)
      throw InvalidArgument("another kind of rule needs another state: make the tables anew");
    t.rule = *rule;
  });
}

extern "C" int64_t sr_row_tables_steps(const SRRowTables *tables, intptr_t table) {
  return table >= 0 && table < static_cast<intptr_t>(tables->held->tables.size()) ? tables->held->tables[table].steps
                                                                                  : 0;
}

extern "C" int32_t sr_row_tables_set_steps(SRRowTables *tables, intptr_t table, int64_t steps) {
  SR_GUARD({ table_at(tables, table).steps = steps; });
}

extern "C" int32_t sr_row_tables_set_update(SRRowTables *tables, intptr_t table, SRRowUpdate update, void *context,
                                            void (*release)(void *)) {
  SR_GUARD({
    const std::shared_ptr<void> owned(context, release);
    auto &t = table_at(tables, table);
    if (tables->held->launcher)
      throw InvalidArgument("rows are handed over by the CPU's kernels only");
    t.update = [owned, update](const at::Tensor &rows, const at::Tensor &sums) {
      const std::unique_ptr<SRTensor, void (*)(SRTensor *)> row_handle(sr::wrap(rows), sr_tensor_free);
      const std::unique_ptr<SRTensor, void (*)(SRTensor *)> sum_handle(sr::wrap(sums), sr_tensor_free);
      if (update(owned.get(), row_handle.get(), sum_handle.get()) != 0)
        throw sr::CallbackFailed("the update of a table failed");
    };
  });
}
