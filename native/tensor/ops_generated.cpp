// Written by native/tensor/generate.py from ops.yaml: do not edit.
#include <ATen/ATen.h>

#include "convert.h"
#include "guard.h"
#include "swiftrec/ops_generated.h"

extern "C" {

int32_t sr_op_add_Tensor(const SRTensor *self_, const SRTensor *other, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::add(sr::unwrap(self_), sr::unwrap(other), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_add_Scalar(const SRTensor *self_, SRScalar other, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::add(sr::unwrap(self_), sr::scalar(other), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_add_inplace_Tensor(const SRTensor *self_, const SRTensor *other, SRScalar alpha) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.add_(sr::unwrap(other), sr::scalar(alpha));
  });
}

int32_t sr_op_add_inplace_Scalar(const SRTensor *self_, SRScalar other, SRScalar alpha) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.add_(sr::scalar(other), sr::scalar(alpha));
  });
}

int32_t sr_op_sub_Tensor(const SRTensor *self_, const SRTensor *other, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sub(sr::unwrap(self_), sr::unwrap(other), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sub_Scalar(const SRTensor *self_, SRScalar other, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sub(sr::unwrap(self_), sr::scalar(other), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sub_inplace_Tensor(const SRTensor *self_, const SRTensor *other, SRScalar alpha) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.sub_(sr::unwrap(other), sr::scalar(alpha));
  });
}

int32_t sr_op_sub_inplace_Scalar(const SRTensor *self_, SRScalar other, SRScalar alpha) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.sub_(sr::scalar(other), sr::scalar(alpha));
  });
}

int32_t sr_op_rsub_Scalar(const SRTensor *self_, SRScalar other, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::rsub(sr::unwrap(self_), sr::scalar(other), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mul_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mul(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mul_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mul(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mul_inplace_Tensor(const SRTensor *self_, const SRTensor *other) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.mul_(sr::unwrap(other));
  });
}

int32_t sr_op_mul_inplace_Scalar(const SRTensor *self_, SRScalar other) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.mul_(sr::scalar(other));
  });
}

int32_t sr_op_div_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::div(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_div_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::div(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_div_inplace_Tensor(const SRTensor *self_, const SRTensor *other) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.div_(sr::unwrap(other));
  });
}

int32_t sr_op_div_inplace_Scalar(const SRTensor *self_, SRScalar other) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.div_(sr::scalar(other));
  });
}

int32_t sr_op_remainder_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::remainder(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_floor_divide_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::floor_divide(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_neg(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::neg(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_abs(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::abs(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sign(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sign(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_reciprocal(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::reciprocal(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_square(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::square(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_pow_Tensor_Scalar(const SRTensor *self_, SRScalar exponent, SRTensor **out0) {
  SR_GUARD({
    auto result = at::pow(sr::unwrap(self_), sr::scalar(exponent));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_pow_Tensor_Tensor(const SRTensor *self_, const SRTensor *exponent, SRTensor **out0) {
  SR_GUARD({
    auto result = at::pow(sr::unwrap(self_), sr::unwrap(exponent));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_exp(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::exp(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_expm1(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::expm1(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_log(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::log(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_log1p(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::log1p(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_log2(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::log2(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sqrt(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sqrt(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sqrt_inplace(const SRTensor *self_) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    at::sqrt_(self__live);
  });
}

int32_t sr_op_rsqrt(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::rsqrt(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sin(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sin(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cos(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cos(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_tan(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::tan(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_erf(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::erf(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_erfinv_inplace(const SRTensor *self_) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.erfinv_();
  });
}

int32_t sr_op_floor(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::floor(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ceil(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ceil(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_round(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::round(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_trunc(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::trunc(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_clamp(const SRTensor *self_, const SRScalar *min, const SRScalar *max, SRTensor **out0) {
  SR_GUARD({
    auto result = at::clamp(sr::unwrap(self_), sr::optional_scalar(min), sr::optional_scalar(max));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_clamp_inplace(const SRTensor *self_, const SRScalar *min, const SRScalar *max) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    at::clamp_(self__live, sr::optional_scalar(min), sr::optional_scalar(max));
  });
}

int32_t sr_op_clamp_min(const SRTensor *self_, SRScalar min, SRTensor **out0) {
  SR_GUARD({
    auto result = at::clamp_min(sr::unwrap(self_), sr::scalar(min));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_clamp_max(const SRTensor *self_, SRScalar max, SRTensor **out0) {
  SR_GUARD({
    auto result = at::clamp_max(sr::unwrap(self_), sr::scalar(max));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_maximum(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::maximum(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_minimum(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::minimum(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_lerp_Scalar(const SRTensor *self_, const SRTensor *end, SRScalar weight, SRTensor **out0) {
  SR_GUARD({
    auto result = at::lerp(sr::unwrap(self_), sr::unwrap(end), sr::scalar(weight));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_lerp_inplace_Scalar(const SRTensor *self_, const SRTensor *end, SRScalar weight) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.lerp_(sr::unwrap(end), sr::scalar(weight));
  });
}

int32_t sr_op_addcmul(const SRTensor *self_, const SRTensor *tensor1, const SRTensor *tensor2, SRScalar value, SRTensor **out0) {
  SR_GUARD({
    auto result = at::addcmul(sr::unwrap(self_), sr::unwrap(tensor1), sr::unwrap(tensor2), sr::scalar(value));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_addcmul_inplace(const SRTensor *self_, const SRTensor *tensor1, const SRTensor *tensor2, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.addcmul_(sr::unwrap(tensor1), sr::unwrap(tensor2), sr::scalar(value));
  });
}

int32_t sr_op_addcdiv(const SRTensor *self_, const SRTensor *tensor1, const SRTensor *tensor2, SRScalar value, SRTensor **out0) {
  SR_GUARD({
    auto result = at::addcdiv(sr::unwrap(self_), sr::unwrap(tensor1), sr::unwrap(tensor2), sr::scalar(value));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_addcdiv_inplace(const SRTensor *self_, const SRTensor *tensor1, const SRTensor *tensor2, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.addcdiv_(sr::unwrap(tensor1), sr::unwrap(tensor2), sr::scalar(value));
  });
}

int32_t sr_op_nan_to_num(const SRTensor *self_, bool has_nan, double nan, bool has_posinf, double posinf, bool has_neginf, double neginf, SRTensor **out0) {
  SR_GUARD({
    auto result = at::nan_to_num(sr::unwrap(self_), has_nan ? std::optional<double>(nan) : std::nullopt, has_posinf ? std::optional<double>(posinf) : std::nullopt, has_neginf ? std::optional<double>(neginf) : std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_eq_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::eq(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_eq_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::eq(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ne_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ne(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ne_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ne(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_lt_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::lt(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_lt_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::lt(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_le_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::le(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_le_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::le(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_gt_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::gt(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_gt_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::gt(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ge_Tensor(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ge(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ge_Scalar(const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ge(sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_equal(const SRTensor *self_, const SRTensor *other, bool *out0) {
  SR_GUARD({
    auto result = at::equal(sr::unwrap(self_), sr::unwrap(other));
    *out0 = result;
  });
}

int32_t sr_op_allclose(const SRTensor *self_, const SRTensor *other, double rtol, double atol, bool equal_nan, bool *out0) {
  SR_GUARD({
    auto result = at::allclose(sr::unwrap(self_), sr::unwrap(other), rtol, atol, equal_nan);
    *out0 = result;
  });
}

int32_t sr_op_isnan(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::isnan(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_isinf(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::isinf(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_isfinite(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::isfinite(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_logical_not(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::logical_not(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_logical_and(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::logical_and(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_logical_or(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::logical_or(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_where_self(const SRTensor *condition, const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::where(sr::unwrap(condition), sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_where_ScalarOther(const SRTensor *condition, const SRTensor *self_, SRScalar other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::where(sr::unwrap(condition), sr::unwrap(self_), sr::scalar(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_masked_fill_Scalar(const SRTensor *self_, const SRTensor *mask, SRScalar value, SRTensor **out0) {
  SR_GUARD({
    auto result = at::masked_fill(sr::unwrap(self_), sr::unwrap(mask), sr::scalar(value));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_masked_fill_Tensor(const SRTensor *self_, const SRTensor *mask, const SRTensor *value, SRTensor **out0) {
  SR_GUARD({
    auto result = at::masked_fill(sr::unwrap(self_), sr::unwrap(mask), sr::unwrap(value));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_masked_fill_inplace_Scalar(const SRTensor *self_, const SRTensor *mask, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.masked_fill_(sr::unwrap(mask), sr::scalar(value));
  });
}

int32_t sr_op_masked_select(const SRTensor *self_, const SRTensor *mask, SRTensor **out0) {
  SR_GUARD({
    auto result = at::masked_select(sr::unwrap(self_), sr::unwrap(mask));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_nonzero(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::nonzero(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sum(const SRTensor *self_, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sum(sr::unwrap(self_), sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sum_dim_IntList(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sum(sr::unwrap(self_), sr::optional_ints(dim, dim_count), keepdim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mean(const SRTensor *self_, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mean(sr::unwrap(self_), sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mean_dim(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mean(sr::unwrap(self_), sr::optional_ints(dim, dim_count), keepdim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_prod(const SRTensor *self_, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::prod(sr::unwrap(self_), sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_prod_dim_int(const SRTensor *self_, intptr_t dim, bool keepdim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::prod(sr::unwrap(self_), dim, keepdim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_std_correction(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, const SRScalar *correction, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::std(sr::unwrap(self_), sr::optional_ints(dim, dim_count), sr::optional_scalar(correction), keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_var_correction(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, const SRScalar *correction, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::var(sr::unwrap(self_), sr::optional_ints(dim, dim_count), sr::optional_scalar(correction), keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_amax(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::amax(sr::unwrap(self_), sr::ints(dim, dim_count), keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_amin(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::amin(sr::unwrap(self_), sr::ints(dim, dim_count), keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_max(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::max(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_max_dim(const SRTensor *self_, intptr_t dim, bool keepdim, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::max(sr::unwrap(self_), dim, keepdim);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_min(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::min(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_min_dim(const SRTensor *self_, intptr_t dim, bool keepdim, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::min(sr::unwrap(self_), dim, keepdim);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_argmax(const SRTensor *self_, bool has_dim, intptr_t dim, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::argmax(sr::unwrap(self_), has_dim ? std::optional<int64_t>(dim) : std::nullopt, keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_argmin(const SRTensor *self_, bool has_dim, intptr_t dim, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::argmin(sr::unwrap(self_), has_dim ? std::optional<int64_t>(dim) : std::nullopt, keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_any(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::any(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_any_dim(const SRTensor *self_, intptr_t dim, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::any(sr::unwrap(self_), dim, keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_all(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::all(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_all_dim(const SRTensor *self_, intptr_t dim, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::all(sr::unwrap(self_), dim, keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cumsum(const SRTensor *self_, intptr_t dim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cumsum(sr::unwrap(self_), dim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_logsumexp(const SRTensor *self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::logsumexp(sr::unwrap(self_), sr::ints(dim, dim_count), keepdim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_norm_Scalar(const SRTensor *self_, SRScalar p, SRTensor **out0) {
  SR_GUARD({
    auto result = at::norm(sr::unwrap(self_), sr::scalar(p));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_linalg_vector_norm(const SRTensor *self_, SRScalar ord, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::linalg_vector_norm(sr::unwrap(self_), sr::scalar(ord), sr::optional_ints(dim, dim_count), keepdim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_count_nonzero(const SRTensor *self_, bool has_dim, intptr_t dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::count_nonzero(sr::unwrap(self_), has_dim ? std::optional<int64_t>(dim) : std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_bincount(const SRTensor *self_, const SRTensor *weights, intptr_t minlength, SRTensor **out0) {
  SR_GUARD({
    auto result = at::bincount(sr::unwrap(self_), sr::optional_tensor(weights), minlength);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_topk(const SRTensor *self_, intptr_t k, intptr_t dim, bool largest, bool sorted, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::topk(sr::unwrap(self_), k, dim, largest, sorted);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_sort(const SRTensor *self_, intptr_t dim, bool descending, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::sort(sr::unwrap(self_), dim, descending);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_argsort(const SRTensor *self_, intptr_t dim, bool descending, SRTensor **out0) {
  SR_GUARD({
    auto result = at::argsort(sr::unwrap(self_), dim, descending);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_kthvalue(const SRTensor *self_, intptr_t k, intptr_t dim, bool keepdim, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::kthvalue(sr::unwrap(self_), k, dim, keepdim);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_internal_unique2(const SRTensor *self_, bool sorted, bool return_inverse, bool return_counts, SRTensor **out0, SRTensor **out1, SRTensor **out2) {
  SR_GUARD({
    auto results = at::_unique2(sr::unwrap(self_), sorted, return_inverse, return_counts);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
    *out2 = sr::wrap(std::get<2>(results));
  });
}

int32_t sr_op_searchsorted_Tensor(const SRTensor *sorted_sequence, const SRTensor *self_, bool out_int32, bool right, const char *side, const SRTensor *sorter, SRTensor **out0) {
  SR_GUARD({
    auto result = at::searchsorted(sr::unwrap(sorted_sequence), sr::unwrap(self_), out_int32, right, side ? std::optional<std::string_view>(side) : std::nullopt, sr::optional_tensor(sorter));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cumprod(const SRTensor *self_, intptr_t dim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cumprod(sr::unwrap(self_), dim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_matmul(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = at::matmul(sr::unwrap(self_), sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mm(const SRTensor *self_, const SRTensor *mat2, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mm(sr::unwrap(self_), sr::unwrap(mat2));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_bmm(const SRTensor *self_, const SRTensor *mat2, SRTensor **out0) {
  SR_GUARD({
    auto result = at::bmm(sr::unwrap(self_), sr::unwrap(mat2));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mv(const SRTensor *self_, const SRTensor *vec, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mv(sr::unwrap(self_), sr::unwrap(vec));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_dot(const SRTensor *self_, const SRTensor *tensor, SRTensor **out0) {
  SR_GUARD({
    auto result = at::dot(sr::unwrap(self_), sr::unwrap(tensor));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_addmm(const SRTensor *self_, const SRTensor *mat1, const SRTensor *mat2, SRScalar beta, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::addmm(sr::unwrap(self_), sr::unwrap(mat1), sr::unwrap(mat2), sr::scalar(beta), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_baddbmm(const SRTensor *self_, const SRTensor *batch1, const SRTensor *batch2, SRScalar beta, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::baddbmm(sr::unwrap(self_), sr::unwrap(batch1), sr::unwrap(batch2), sr::scalar(beta), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_linear(const SRTensor *input, const SRTensor *weight, const SRTensor *bias, SRTensor **out0) {
  SR_GUARD({
    auto result = at::linear(sr::unwrap(input), sr::unwrap(weight), sr::optional_tensor(bias));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_outer(const SRTensor *self_, const SRTensor *vec2, SRTensor **out0) {
  SR_GUARD({
    auto result = at::outer(sr::unwrap(self_), sr::unwrap(vec2));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_einsum(const char *equation, const SRTensor *const *tensors, intptr_t tensors_count, const intptr_t *path, intptr_t path_count, SRTensor **out0) {
  SR_GUARD({
    auto result = at::einsum(equation, sr::tensors(tensors, tensors_count), sr::optional_ints(path, path_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_triu(const SRTensor *self_, intptr_t diagonal, SRTensor **out0) {
  SR_GUARD({
    auto result = at::triu(sr::unwrap(self_), diagonal);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_tril(const SRTensor *self_, intptr_t diagonal, SRTensor **out0) {
  SR_GUARD({
    auto result = at::tril(sr::unwrap(self_), diagonal);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_diagonal(const SRTensor *self_, intptr_t offset, intptr_t dim1, intptr_t dim2, SRTensor **out0) {
  SR_GUARD({
    auto result = at::diagonal(sr::unwrap(self_), offset, dim1, dim2);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_linalg_cholesky(const SRTensor *self_, bool upper, SRTensor **out0) {
  SR_GUARD({
    auto result = at::linalg_cholesky(sr::unwrap(self_), upper);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_linalg_solve(const SRTensor *A, const SRTensor *B, bool left, SRTensor **out0) {
  SR_GUARD({
    auto result = at::linalg_solve(sr::unwrap(A), sr::unwrap(B), left);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_linalg_qr(const SRTensor *A, const char *mode, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::linalg_qr(sr::unwrap(A), mode);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_diag(const SRTensor *self_, intptr_t diagonal, SRTensor **out0) {
  SR_GUARD({
    auto result = at::diag(sr::unwrap(self_), diagonal);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_reshape(const SRTensor *self_, const intptr_t *shape, intptr_t shape_count, SRTensor **out0) {
  SR_GUARD({
    auto result = at::reshape(sr::unwrap(self_), sr::ints(shape, shape_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_view(const SRTensor *self_, const intptr_t *size, intptr_t size_count, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).view(sr::ints(size, size_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_flatten_using_ints(const SRTensor *self_, intptr_t start_dim, intptr_t end_dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::flatten(sr::unwrap(self_), start_dim, end_dim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_squeeze(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::squeeze(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_squeeze_dim(const SRTensor *self_, intptr_t dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::squeeze(sr::unwrap(self_), dim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_unsqueeze(const SRTensor *self_, intptr_t dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::unsqueeze(sr::unwrap(self_), dim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_expand(const SRTensor *self_, const intptr_t *size, intptr_t size_count, bool implicit, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).expand(sr::ints(size, size_count), implicit);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_expand_as(const SRTensor *self_, const SRTensor *other, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).expand_as(sr::unwrap(other));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_transpose_int(const SRTensor *self_, intptr_t dim0, intptr_t dim1, SRTensor **out0) {
  SR_GUARD({
    auto result = at::transpose(sr::unwrap(self_), dim0, dim1);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_t(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::t(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_permute(const SRTensor *self_, const intptr_t *dims, intptr_t dims_count, SRTensor **out0) {
  SR_GUARD({
    auto result = at::permute(sr::unwrap(self_), sr::ints(dims, dims_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_select_int(const SRTensor *self_, intptr_t dim, intptr_t index, SRTensor **out0) {
  SR_GUARD({
    auto result = at::select(sr::unwrap(self_), dim, index);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_slice_Tensor(const SRTensor *self_, intptr_t dim, bool has_start, intptr_t start, bool has_end, intptr_t end, intptr_t step, SRTensor **out0) {
  SR_GUARD({
    auto result = at::slice(sr::unwrap(self_), dim, has_start ? std::optional<int64_t>(start) : std::nullopt, has_end ? std::optional<int64_t>(end) : std::nullopt, step);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_narrow(const SRTensor *self_, intptr_t dim, intptr_t start, intptr_t length, SRTensor **out0) {
  SR_GUARD({
    auto result = at::narrow(sr::unwrap(self_), dim, start, length);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cat(const SRTensor *const *tensors, intptr_t tensors_count, intptr_t dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cat(sr::tensors(tensors, tensors_count), dim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_stack(const SRTensor *const *tensors, intptr_t tensors_count, intptr_t dim, SRTensor **out0) {
  SR_GUARD({
    auto result = at::stack(sr::tensors(tensors, tensors_count), dim);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_split_Tensor(const SRTensor *self_, intptr_t split_size, intptr_t dim, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::split(sr::unwrap(self_), split_size, dim);
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_split_with_sizes(const SRTensor *self_, const intptr_t *split_sizes, intptr_t split_sizes_count, intptr_t dim, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::split_with_sizes(sr::unwrap(self_), sr::ints(split_sizes, split_sizes_count), dim);
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_chunk(const SRTensor *self_, intptr_t chunks, intptr_t dim, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::chunk(sr::unwrap(self_), chunks, dim);
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_unbind_int(const SRTensor *self_, intptr_t dim, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::unbind(sr::unwrap(self_), dim);
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_repeat(const SRTensor *self_, const intptr_t *repeats, intptr_t repeats_count, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).repeat(sr::ints(repeats, repeats_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_repeat_interleave_self_int(const SRTensor *self_, intptr_t repeats, bool has_dim, intptr_t dim, bool has_output_size, intptr_t output_size, SRTensor **out0) {
  SR_GUARD({
    auto result = at::repeat_interleave(sr::unwrap(self_), repeats, has_dim ? std::optional<int64_t>(dim) : std::nullopt, has_output_size ? std::optional<int64_t>(output_size) : std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_repeat_interleave_self_Tensor(const SRTensor *self_, const SRTensor *repeats, bool has_dim, intptr_t dim, bool has_output_size, intptr_t output_size, SRTensor **out0) {
  SR_GUARD({
    auto result = at::repeat_interleave(sr::unwrap(self_), sr::unwrap(repeats), has_dim ? std::optional<int64_t>(dim) : std::nullopt, has_output_size ? std::optional<int64_t>(output_size) : std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_flip(const SRTensor *self_, const intptr_t *dims, intptr_t dims_count, SRTensor **out0) {
  SR_GUARD({
    auto result = at::flip(sr::unwrap(self_), sr::ints(dims, dims_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_roll(const SRTensor *self_, const intptr_t *shifts, intptr_t shifts_count, const intptr_t *dims, intptr_t dims_count, SRTensor **out0) {
  SR_GUARD({
    auto result = at::roll(sr::unwrap(self_), sr::ints(shifts, shifts_count), sr::ints(dims, dims_count));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_gather(const SRTensor *self_, intptr_t dim, const SRTensor *index, bool sparse_grad, SRTensor **out0) {
  SR_GUARD({
    auto result = at::gather(sr::unwrap(self_), dim, sr::unwrap(index), sparse_grad);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_scatter_src(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *src, SRTensor **out0) {
  SR_GUARD({
    auto result = at::scatter(sr::unwrap(self_), dim, sr::unwrap(index), sr::unwrap(src));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_scatter_inplace_src(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *src) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.scatter_(dim, sr::unwrap(index), sr::unwrap(src));
  });
}

int32_t sr_op_scatter_inplace_value(const SRTensor *self_, intptr_t dim, const SRTensor *index, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.scatter_(dim, sr::unwrap(index), sr::scalar(value));
  });
}

int32_t sr_op_scatter_add(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *src, SRTensor **out0) {
  SR_GUARD({
    auto result = at::scatter_add(sr::unwrap(self_), dim, sr::unwrap(index), sr::unwrap(src));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_scatter_add_inplace(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *src) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.scatter_add_(dim, sr::unwrap(index), sr::unwrap(src));
  });
}

int32_t sr_op_index_select(const SRTensor *self_, intptr_t dim, const SRTensor *index, SRTensor **out0) {
  SR_GUARD({
    auto result = at::index_select(sr::unwrap(self_), dim, sr::unwrap(index));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_index_add(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *source, SRScalar alpha, SRTensor **out0) {
  SR_GUARD({
    auto result = at::index_add(sr::unwrap(self_), dim, sr::unwrap(index), sr::unwrap(source), sr::scalar(alpha));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_index_add_inplace(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *source, SRScalar alpha) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.index_add_(dim, sr::unwrap(index), sr::unwrap(source), sr::scalar(alpha));
  });
}

int32_t sr_op_index_copy_inplace(const SRTensor *self_, intptr_t dim, const SRTensor *index, const SRTensor *source) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.index_copy_(dim, sr::unwrap(index), sr::unwrap(source));
  });
}

int32_t sr_op_index_fill_inplace_int_Scalar(const SRTensor *self_, intptr_t dim, const SRTensor *index, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.index_fill_(dim, sr::unwrap(index), sr::scalar(value));
  });
}

int32_t sr_op_take(const SRTensor *self_, const SRTensor *index, SRTensor **out0) {
  SR_GUARD({
    auto result = at::take(sr::unwrap(self_), sr::unwrap(index));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_one_hot(const SRTensor *self_, intptr_t num_classes, SRTensor **out0) {
  SR_GUARD({
    auto result = at::one_hot(sr::unwrap(self_), num_classes);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_clone(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::clone(sr::unwrap(self_), std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_copy_inplace(const SRTensor *self_, const SRTensor *src, bool non_blocking) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.copy_(sr::unwrap(src), non_blocking);
  });
}

int32_t sr_op_fill_inplace_Scalar(const SRTensor *self_, SRScalar value) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.fill_(sr::scalar(value));
  });
}

int32_t sr_op_zero_inplace(const SRTensor *self_) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.zero_();
  });
}

int32_t sr_op_zeros_like(const SRTensor *self_, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::zeros_like(sr::unwrap(self_), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_full_like(const SRTensor *self_, SRScalar fill_value, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::full_like(sr::unwrap(self_), sr::scalar(fill_value), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_ones_like(const SRTensor *self_, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::ones_like(sr::unwrap(self_), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_empty_like(const SRTensor *self_, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::empty_like(sr::unwrap(self_), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_rand_like(const SRTensor *self_, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::rand_like(sr::unwrap(self_), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_randn_like(const SRTensor *self_, int32_t dtype, bool has_pin_memory, bool pin_memory, SRTensor **out0) {
  SR_GUARD({
    auto result = at::randn_like(sr::unwrap(self_), sr::optional_dtype(dtype), std::nullopt, std::nullopt, has_pin_memory ? std::optional<bool>(pin_memory) : std::nullopt, std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_constant_pad_nd(const SRTensor *self_, const intptr_t *pad, intptr_t pad_count, SRScalar value, SRTensor **out0) {
  SR_GUARD({
    auto result = at::constant_pad_nd(sr::unwrap(self_), sr::ints(pad, pad_count), sr::scalar(value));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_meshgrid(const SRTensor *const *tensors, intptr_t tensors_count, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::meshgrid(sr::tensors(tensors, tensors_count));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_relu(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::relu(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_relu_inplace(const SRTensor *self_) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    at::relu_(self__live);
  });
}

int32_t sr_op_leaky_relu(const SRTensor *self_, SRScalar negative_slope, SRTensor **out0) {
  SR_GUARD({
    auto result = at::leaky_relu(sr::unwrap(self_), sr::scalar(negative_slope));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_gelu(const SRTensor *self_, const char *approximate, SRTensor **out0) {
  SR_GUARD({
    auto result = at::gelu(sr::unwrap(self_), approximate);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sigmoid(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::sigmoid(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_log_sigmoid(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::log_sigmoid(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_relu6(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::relu6(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_tanh(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::tanh(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_silu(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = at::silu(sr::unwrap(self_));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_elu(const SRTensor *self_, SRScalar alpha, SRScalar scale, SRScalar input_scale, SRTensor **out0) {
  SR_GUARD({
    auto result = at::elu(sr::unwrap(self_), sr::scalar(alpha), sr::scalar(scale), sr::scalar(input_scale));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_softplus(const SRTensor *self_, SRScalar beta, SRScalar threshold, SRTensor **out0) {
  SR_GUARD({
    auto result = at::softplus(sr::unwrap(self_), sr::scalar(beta), sr::scalar(threshold));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_softmax_int(const SRTensor *self_, intptr_t dim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::softmax(sr::unwrap(self_), dim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_log_softmax_int(const SRTensor *self_, intptr_t dim, int32_t dtype, SRTensor **out0) {
  SR_GUARD({
    auto result = at::log_softmax(sr::unwrap(self_), dim, sr::optional_dtype(dtype));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_hardtanh(const SRTensor *self_, SRScalar min_val, SRScalar max_val, SRTensor **out0) {
  SR_GUARD({
    auto result = at::hardtanh(sr::unwrap(self_), sr::scalar(min_val), sr::scalar(max_val));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_embedding(const SRTensor *weight, const SRTensor *indices, intptr_t padding_idx, bool scale_grad_by_freq, bool sparse, SRTensor **out0) {
  SR_GUARD({
    auto result = at::embedding(sr::unwrap(weight), sr::unwrap(indices), padding_idx, scale_grad_by_freq, sparse);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_embedding_bag_padding_idx(const SRTensor *weight, const SRTensor *indices, const SRTensor *offsets, bool scale_grad_by_freq, intptr_t mode, bool sparse, const SRTensor *per_sample_weights, bool include_last_offset, bool has_padding_idx, intptr_t padding_idx, SRTensor **out0, SRTensor **out1, SRTensor **out2, SRTensor **out3) {
  SR_GUARD({
    auto results = at::embedding_bag(sr::unwrap(weight), sr::unwrap(indices), sr::unwrap(offsets), scale_grad_by_freq, mode, sparse, sr::optional_tensor(per_sample_weights), include_last_offset, has_padding_idx ? std::optional<int64_t>(padding_idx) : std::nullopt);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
    *out2 = sr::wrap(std::get<2>(results));
    *out3 = sr::wrap(std::get<3>(results));
  });
}

int32_t sr_op_layer_norm(const SRTensor *input, const intptr_t *normalized_shape, intptr_t normalized_shape_count, const SRTensor *weight, const SRTensor *bias, double eps, bool cudnn_enable, SRTensor **out0) {
  SR_GUARD({
    auto result = at::layer_norm(sr::unwrap(input), sr::ints(normalized_shape, normalized_shape_count), sr::optional_tensor(weight), sr::optional_tensor(bias), eps, cudnn_enable);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_batch_norm(const SRTensor *input, const SRTensor *weight, const SRTensor *bias, const SRTensor *running_mean, const SRTensor *running_var, bool training, double momentum, double eps, bool cudnn_enabled, SRTensor **out0) {
  SR_GUARD({
    auto result = at::batch_norm(sr::unwrap(input), sr::optional_tensor(weight), sr::optional_tensor(bias), sr::optional_tensor(running_mean), sr::optional_tensor(running_var), training, momentum, eps, cudnn_enabled);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_dropout(const SRTensor *input, double p, bool train, SRTensor **out0) {
  SR_GUARD({
    auto result = at::dropout(sr::unwrap(input), p, train);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_dropout_inplace(const SRTensor *self_, double p, bool train) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    at::dropout_(self__live, p, train);
  });
}

int32_t sr_op_scaled_dot_product_attention(const SRTensor *query, const SRTensor *key, const SRTensor *value, const SRTensor *attn_mask, double dropout_p, bool is_causal, bool has_scale, double scale, bool enable_gqa, SRTensor **out0) {
  SR_GUARD({
    auto result = at::scaled_dot_product_attention(sr::unwrap(query), sr::unwrap(key), sr::unwrap(value), sr::optional_tensor(attn_mask), dropout_p, is_causal, has_scale ? std::optional<double>(scale) : std::nullopt, enable_gqa);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_lstm_input(const SRTensor *input, const SRTensor *const *hx, intptr_t hx_count, const SRTensor *const *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first, SRTensor **out0, SRTensor **out1, SRTensor **out2) {
  SR_GUARD({
    auto results = at::lstm(sr::unwrap(input), sr::tensors(hx, hx_count), sr::tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
    *out2 = sr::wrap(std::get<2>(results));
  });
}

int32_t sr_op_lstm_data(const SRTensor *data, const SRTensor *batch_sizes, const SRTensor *const *hx, intptr_t hx_count, const SRTensor *const *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, SRTensor **out0, SRTensor **out1, SRTensor **out2) {
  SR_GUARD({
    auto results = at::lstm(sr::unwrap(data), sr::unwrap(batch_sizes), sr::tensors(hx, hx_count), sr::tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
    *out2 = sr::wrap(std::get<2>(results));
  });
}

int32_t sr_op_gru_input(const SRTensor *input, const SRTensor *hx, const SRTensor *const *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::gru(sr::unwrap(input), sr::unwrap(hx), sr::tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_gru_data(const SRTensor *data, const SRTensor *batch_sizes, const SRTensor *hx, const SRTensor *const *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::gru(sr::unwrap(data), sr::unwrap(batch_sizes), sr::unwrap(hx), sr::tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_internal_pack_padded_sequence(const SRTensor *input, const SRTensor *lengths, bool batch_first, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::_pack_padded_sequence(sr::unwrap(input), sr::unwrap(lengths), batch_first);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_internal_pad_packed_sequence(const SRTensor *data, const SRTensor *batch_sizes, bool batch_first, SRScalar padding_value, intptr_t total_length, SRTensor **out0, SRTensor **out1) {
  SR_GUARD({
    auto results = at::_pad_packed_sequence(sr::unwrap(data), sr::unwrap(batch_sizes), batch_first, sr::scalar(padding_value), total_length);
    *out0 = sr::wrap(std::get<0>(results));
    *out1 = sr::wrap(std::get<1>(results));
  });
}

int32_t sr_op_binary_cross_entropy_with_logits(const SRTensor *self_, const SRTensor *target, const SRTensor *weight, const SRTensor *pos_weight, intptr_t reduction, SRTensor **out0) {
  SR_GUARD({
    auto result = at::binary_cross_entropy_with_logits(sr::unwrap(self_), sr::unwrap(target), sr::optional_tensor(weight), sr::optional_tensor(pos_weight), reduction);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cross_entropy_loss(const SRTensor *self_, const SRTensor *target, const SRTensor *weight, intptr_t reduction, intptr_t ignore_index, double label_smoothing, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cross_entropy_loss(sr::unwrap(self_), sr::unwrap(target), sr::optional_tensor(weight), reduction, ignore_index, label_smoothing);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_nll_loss(const SRTensor *self_, const SRTensor *target, const SRTensor *weight, intptr_t reduction, intptr_t ignore_index, SRTensor **out0) {
  SR_GUARD({
    auto result = at::nll_loss(sr::unwrap(self_), sr::unwrap(target), sr::optional_tensor(weight), reduction, ignore_index);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_mse_loss(const SRTensor *self_, const SRTensor *target, intptr_t reduction, SRTensor **out0) {
  SR_GUARD({
    auto result = at::mse_loss(sr::unwrap(self_), sr::unwrap(target), reduction);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_l1_loss(const SRTensor *self_, const SRTensor *target, intptr_t reduction, SRTensor **out0) {
  SR_GUARD({
    auto result = at::l1_loss(sr::unwrap(self_), sr::unwrap(target), reduction);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_smooth_l1_loss(const SRTensor *self_, const SRTensor *target, intptr_t reduction, double beta, SRTensor **out0) {
  SR_GUARD({
    auto result = at::smooth_l1_loss(sr::unwrap(self_), sr::unwrap(target), reduction, beta);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_margin_ranking_loss(const SRTensor *input1, const SRTensor *input2, const SRTensor *target, double margin, intptr_t reduction, SRTensor **out0) {
  SR_GUARD({
    auto result = at::margin_ranking_loss(sr::unwrap(input1), sr::unwrap(input2), sr::unwrap(target), margin, reduction);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_cosine_similarity(const SRTensor *x1, const SRTensor *x2, intptr_t dim, double eps, SRTensor **out0) {
  SR_GUARD({
    auto result = at::cosine_similarity(sr::unwrap(x1), sr::unwrap(x2), dim, eps);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_normal_inplace(const SRTensor *self_, double mean, double std, const SRGenerator *generator) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.normal_(mean, std, sr::optional_generator(generator));
  });
}

int32_t sr_op_uniform_inplace(const SRTensor *self_, double from, double to, const SRGenerator *generator) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.uniform_(from, to, sr::optional_generator(generator));
  });
}

int32_t sr_op_bernoulli_inplace_float(const SRTensor *self_, double p, const SRGenerator *generator) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.bernoulli_(p, sr::optional_generator(generator));
  });
}

int32_t sr_op_random_inplace_from(const SRTensor *self_, intptr_t from, bool has_to, intptr_t to, const SRGenerator *generator) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    self__live.random_(from, has_to ? std::optional<int64_t>(to) : std::nullopt, sr::optional_generator(generator));
  });
}

int32_t sr_op_multinomial(const SRTensor *self_, intptr_t num_samples, bool replacement, const SRGenerator *generator, SRTensor **out0) {
  SR_GUARD({
    auto result = at::multinomial(sr::unwrap(self_), num_samples, replacement, sr::optional_generator(generator));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_coalesce(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).coalesce();
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_is_coalesced(const SRTensor *self_, bool *out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).is_coalesced();
    *out0 = result;
  });
}

int32_t sr_op_internal_indices(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_)._indices();
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_internal_values(const SRTensor *self_, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_)._values();
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_to_dense(const SRTensor *self_, int32_t dtype, bool has_masked_grad, bool masked_grad, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).to_dense(sr::optional_dtype(dtype), has_masked_grad ? std::optional<bool>(masked_grad) : std::nullopt);
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_sparse_mask(const SRTensor *self_, const SRTensor *mask, SRTensor **out0) {
  SR_GUARD({
    auto result = sr::unwrap(self_).sparse_mask(sr::unwrap(mask));
    *out0 = sr::wrap(result);
  });
}

int32_t sr_op_internal_fused_adam_inplace(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *grads, intptr_t grads_count, const SRTensor *const *exp_avgs, intptr_t exp_avgs_count, const SRTensor *const *exp_avg_sqs, intptr_t exp_avg_sqs_count, const SRTensor *const *max_exp_avg_sqs, intptr_t max_exp_avg_sqs_count, const SRTensor *const *state_steps, intptr_t state_steps_count, double lr, double beta1, double beta2, double weight_decay, double eps, bool amsgrad, bool maximize, const SRTensor *grad_scale, const SRTensor *found_inf) {
  SR_GUARD({
    at::_fused_adam_(sr::tensors(self_, self__count), sr::tensors(grads, grads_count), sr::tensors(exp_avgs, exp_avgs_count), sr::tensors(exp_avg_sqs, exp_avg_sqs_count), sr::tensors(max_exp_avg_sqs, max_exp_avg_sqs_count), sr::tensors(state_steps, state_steps_count), lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, sr::optional_tensor(grad_scale), sr::optional_tensor(found_inf));
  });
}

int32_t sr_op_internal_fused_adamw_inplace(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *grads, intptr_t grads_count, const SRTensor *const *exp_avgs, intptr_t exp_avgs_count, const SRTensor *const *exp_avg_sqs, intptr_t exp_avg_sqs_count, const SRTensor *const *max_exp_avg_sqs, intptr_t max_exp_avg_sqs_count, const SRTensor *const *state_steps, intptr_t state_steps_count, double lr, double beta1, double beta2, double weight_decay, double eps, bool amsgrad, bool maximize, const SRTensor *grad_scale, const SRTensor *found_inf) {
  SR_GUARD({
    at::_fused_adamw_(sr::tensors(self_, self__count), sr::tensors(grads, grads_count), sr::tensors(exp_avgs, exp_avgs_count), sr::tensors(exp_avg_sqs, exp_avg_sqs_count), sr::tensors(max_exp_avg_sqs, max_exp_avg_sqs_count), sr::tensors(state_steps, state_steps_count), lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, sr::optional_tensor(grad_scale), sr::optional_tensor(found_inf));
  });
}

int32_t sr_op_internal_fused_sgd_inplace(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *grads, intptr_t grads_count, const SRTensor *const *momentum_buffer_list, intptr_t momentum_buffer_list_count, double weight_decay, double momentum, double lr, double dampening, bool nesterov, bool maximize, bool is_first_step, const SRTensor *grad_scale, const SRTensor *found_inf) {
  SR_GUARD({
    at::_fused_sgd_(sr::tensors(self_, self__count), sr::tensors(grads, grads_count), sr::tensors(momentum_buffer_list, momentum_buffer_list_count), weight_decay, momentum, lr, dampening, nesterov, maximize, is_first_step, sr::optional_tensor(grad_scale), sr::optional_tensor(found_inf));
  });
}

int32_t sr_op_internal_fused_adagrad_inplace(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *grads, intptr_t grads_count, const SRTensor *const *state_sums, intptr_t state_sums_count, const SRTensor *const *state_steps, intptr_t state_steps_count, double lr, double lr_decay, double weight_decay, double eps, bool maximize, const SRTensor *grad_scale, const SRTensor *found_inf) {
  SR_GUARD({
    at::_fused_adagrad_(sr::tensors(self_, self__count), sr::tensors(grads, grads_count), sr::tensors(state_sums, state_sums_count), sr::tensors(state_steps, state_steps_count), lr, lr_decay, weight_decay, eps, maximize, sr::optional_tensor(grad_scale), sr::optional_tensor(found_inf));
  });
}

int32_t sr_op_internal_foreach_add_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar) {
  SR_GUARD({
    at::_foreach_add_(sr::tensors(self_, self__count), sr::scalar(scalar));
  });
}

int32_t sr_op_internal_foreach_add_inplace_List(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *other, intptr_t other_count, SRScalar alpha) {
  SR_GUARD({
    at::_foreach_add_(sr::tensors(self_, self__count), sr::tensors(other, other_count), sr::scalar(alpha));
  });
}

int32_t sr_op_internal_foreach_add_List(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *other, intptr_t other_count, SRScalar alpha, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_add(sr::tensors(self_, self__count), sr::tensors(other, other_count), sr::scalar(alpha));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_foreach_add_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_add(sr::tensors(self_, self__count), sr::scalar(scalar));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_foreach_mul_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar) {
  SR_GUARD({
    at::_foreach_mul_(sr::tensors(self_, self__count), sr::scalar(scalar));
  });
}

int32_t sr_op_internal_foreach_mul_inplace_Tensor(const SRTensor *const *self_, intptr_t self__count, const SRTensor *other) {
  SR_GUARD({
    at::_foreach_mul_(sr::tensors(self_, self__count), sr::unwrap(other));
  });
}

int32_t sr_op_internal_foreach_mul_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_mul(sr::tensors(self_, self__count), sr::scalar(scalar));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_foreach_lerp_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *tensors1, intptr_t tensors1_count, SRScalar weight) {
  SR_GUARD({
    at::_foreach_lerp_(sr::tensors(self_, self__count), sr::tensors(tensors1, tensors1_count), sr::scalar(weight));
  });
}

int32_t sr_op_internal_foreach_addcmul_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *tensor1, intptr_t tensor1_count, const SRTensor *const *tensor2, intptr_t tensor2_count, SRScalar value) {
  SR_GUARD({
    at::_foreach_addcmul_(sr::tensors(self_, self__count), sr::tensors(tensor1, tensor1_count), sr::tensors(tensor2, tensor2_count), sr::scalar(value));
  });
}

int32_t sr_op_internal_foreach_addcmul_inplace_ScalarList(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *tensor1, intptr_t tensor1_count, const SRTensor *const *tensor2, intptr_t tensor2_count, const SRScalar *scalars, intptr_t scalars_count) {
  SR_GUARD({
    at::_foreach_addcmul_(sr::tensors(self_, self__count), sr::tensors(tensor1, tensor1_count), sr::tensors(tensor2, tensor2_count), sr::scalars(scalars, scalars_count));
  });
}

int32_t sr_op_internal_foreach_addcdiv_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *tensor1, intptr_t tensor1_count, const SRTensor *const *tensor2, intptr_t tensor2_count, SRScalar value) {
  SR_GUARD({
    at::_foreach_addcdiv_(sr::tensors(self_, self__count), sr::tensors(tensor1, tensor1_count), sr::tensors(tensor2, tensor2_count), sr::scalar(value));
  });
}

int32_t sr_op_internal_foreach_addcdiv_inplace_ScalarList(const SRTensor *const *self_, intptr_t self__count, const SRTensor *const *tensor1, intptr_t tensor1_count, const SRTensor *const *tensor2, intptr_t tensor2_count, const SRScalar *scalars, intptr_t scalars_count) {
  SR_GUARD({
    at::_foreach_addcdiv_(sr::tensors(self_, self__count), sr::tensors(tensor1, tensor1_count), sr::tensors(tensor2, tensor2_count), sr::scalars(scalars, scalars_count));
  });
}

int32_t sr_op_internal_foreach_div_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar) {
  SR_GUARD({
    at::_foreach_div_(sr::tensors(self_, self__count), sr::scalar(scalar));
  });
}

int32_t sr_op_internal_foreach_div_inplace_ScalarList(const SRTensor *const *self_, intptr_t self__count, const SRScalar *scalars, intptr_t scalars_count) {
  SR_GUARD({
    at::_foreach_div_(sr::tensors(self_, self__count), sr::scalars(scalars, scalars_count));
  });
}

int32_t sr_op_internal_foreach_div_ScalarList(const SRTensor *const *self_, intptr_t self__count, const SRScalar *scalars, intptr_t scalars_count, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_div(sr::tensors(self_, self__count), sr::scalars(scalars, scalars_count));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_foreach_sqrt(const SRTensor *const *self_, intptr_t self__count, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_sqrt(sr::tensors(self_, self__count));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_foreach_zero_inplace(const SRTensor *const *self_, intptr_t self__count) {
  SR_GUARD({
    at::_foreach_zero_(sr::tensors(self_, self__count));
  });
}

int32_t sr_op_internal_foreach_clamp_min_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar) {
  SR_GUARD({
    at::_foreach_clamp_min_(sr::tensors(self_, self__count), sr::scalar(scalar));
  });
}

int32_t sr_op_internal_foreach_clamp_max_inplace_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar scalar) {
  SR_GUARD({
    at::_foreach_clamp_max_(sr::tensors(self_, self__count), sr::scalar(scalar));
  });
}

int32_t sr_op_internal_foreach_norm_Scalar(const SRTensor *const *self_, intptr_t self__count, SRScalar ord, int32_t dtype, SRTensor ***out0, intptr_t *out0_count) {
  SR_GUARD({
    auto result = at::_foreach_norm(sr::tensors(self_, self__count), sr::scalar(ord), sr::optional_dtype(dtype));
    sr::wrap_list(result, out0, out0_count);
  });
}

int32_t sr_op_internal_amp_foreach_non_finite_check_and_unscale_inplace(const SRTensor *const *self_, intptr_t self__count, const SRTensor *found_inf, const SRTensor *inv_scale) {
  SR_GUARD({
    at::Tensor found_inf_live = sr::unwrap(found_inf);
    at::_amp_foreach_non_finite_check_and_unscale_(sr::tensors(self_, self__count), found_inf_live, sr::unwrap(inv_scale));
  });
}

int32_t sr_op_internal_amp_update_scale_inplace(const SRTensor *self_, const SRTensor *growth_tracker, const SRTensor *found_inf, double scale_growth_factor, double scale_backoff_factor, intptr_t growth_interval) {
  SR_GUARD({
    at::Tensor self__live = sr::unwrap(self_);
    at::Tensor growth_tracker_live = sr::unwrap(growth_tracker);
    at::_amp_update_scale_(self__live, growth_tracker_live, sr::unwrap(found_inf), scale_growth_factor, scale_backoff_factor, growth_interval);
  });
}

} // extern "C"
