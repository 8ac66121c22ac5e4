// Written by native/tensor/generate.py from ops.yaml: do not edit.
// swift-format-ignore-file
import CSwiftRec

extension Tensor {
  /// `add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`
  public func add(_ other: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_add_Tensor(self.pointer, other.pointer, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "add", [self, other]) }
    return try Tensor(adopting: out0, "add")
  }

  /// `add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor`
  public func add(_ other: any ScalarValue, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_add_Scalar(self.pointer, other.bridged, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "add", [self]) }
    return try Tensor(adopting: out0, "add")
  }

  /// `add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)`
  @discardableResult
  public func add_(_ other: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime((self, other)) { sr_op_add_inplace_Tensor(self.pointer, other.pointer, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "add_", [self, other]) }
    return self
  }

  /// `add_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)`
  @discardableResult
  public func add_(_ other: any ScalarValue, alpha: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_add_inplace_Scalar(self.pointer, other.bridged, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "add_", [self]) }
    return self
  }

  /// `sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`
  public func sub(_ other: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_sub_Tensor(self.pointer, other.pointer, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sub", [self, other]) }
    return try Tensor(adopting: out0, "sub")
  }

  /// `sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor`
  public func sub(_ other: any ScalarValue, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sub_Scalar(self.pointer, other.bridged, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sub", [self]) }
    return try Tensor(adopting: out0, "sub")
  }

  /// `sub_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)`
  @discardableResult
  public func sub_(_ other: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime((self, other)) { sr_op_sub_inplace_Tensor(self.pointer, other.pointer, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "sub_", [self, other]) }
    return self
  }

  /// `sub_.Scalar(Tensor(a!) self, Scalar other, Scalar alpha=1) -> Tensor(a!)`
  @discardableResult
  public func sub_(_ other: any ScalarValue, alpha: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_sub_inplace_Scalar(self.pointer, other.bridged, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "sub_", [self]) }
    return self
  }

  /// `rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor`
  public func rsub(_ other: any ScalarValue, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_rsub_Scalar(self.pointer, other.bridged, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "rsub", [self]) }
    return try Tensor(adopting: out0, "rsub")
  }

  /// `mul.Tensor(Tensor self, Tensor other) -> Tensor`
  public func mul(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_mul_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mul", [self, other]) }
    return try Tensor(adopting: out0, "mul")
  }

  /// `mul.Scalar(Tensor self, Scalar other) -> Tensor`
  public func mul(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_mul_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mul", [self]) }
    return try Tensor(adopting: out0, "mul")
  }

  /// `mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)`
  @discardableResult
  public func mul_(_ other: Tensor) throws -> Tensor {
    let status = withExtendedLifetime((self, other)) { sr_op_mul_inplace_Tensor(self.pointer, other.pointer) }
    if status != SR_OK { throw TorchError.last(status, "mul_", [self, other]) }
    return self
  }

  /// `mul_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)`
  @discardableResult
  public func mul_(_ other: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_mul_inplace_Scalar(self.pointer, other.bridged) }
    if status != SR_OK { throw TorchError.last(status, "mul_", [self]) }
    return self
  }

  /// `div.Tensor(Tensor self, Tensor other) -> Tensor`
  public func div(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_div_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "div", [self, other]) }
    return try Tensor(adopting: out0, "div")
  }

  /// `div.Scalar(Tensor self, Scalar other) -> Tensor`
  public func div(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_div_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "div", [self]) }
    return try Tensor(adopting: out0, "div")
  }

  /// `div_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)`
  @discardableResult
  public func div_(_ other: Tensor) throws -> Tensor {
    let status = withExtendedLifetime((self, other)) { sr_op_div_inplace_Tensor(self.pointer, other.pointer) }
    if status != SR_OK { throw TorchError.last(status, "div_", [self, other]) }
    return self
  }

  /// `div_.Scalar(Tensor(a!) self, Scalar other) -> Tensor(a!)`
  @discardableResult
  public func div_(_ other: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_div_inplace_Scalar(self.pointer, other.bridged) }
    if status != SR_OK { throw TorchError.last(status, "div_", [self]) }
    return self
  }

  /// `remainder.Scalar(Tensor self, Scalar other) -> Tensor`
  public func remainder(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_remainder_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "remainder", [self]) }
    return try Tensor(adopting: out0, "remainder")
  }

  /// `floor_divide.Scalar(Tensor self, Scalar other) -> Tensor`
  public func floorDivide(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_floor_divide_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "floor_divide", [self]) }
    return try Tensor(adopting: out0, "floor_divide")
  }

  /// `neg(Tensor self) -> Tensor`
  public func neg() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_neg(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "neg", [self]) }
    return try Tensor(adopting: out0, "neg")
  }

  /// `abs(Tensor self) -> Tensor`
  public func abs() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_abs(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "abs", [self]) }
    return try Tensor(adopting: out0, "abs")
  }

  /// `sign(Tensor self) -> Tensor`
  public func sign() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sign(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sign", [self]) }
    return try Tensor(adopting: out0, "sign")
  }

  /// `reciprocal(Tensor self) -> Tensor`
  public func reciprocal() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_reciprocal(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "reciprocal", [self]) }
    return try Tensor(adopting: out0, "reciprocal")
  }

  /// `square(Tensor self) -> Tensor`
  public func square() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_square(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "square", [self]) }
    return try Tensor(adopting: out0, "square")
  }

  /// `pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor`
  public func pow(_ exponent: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_pow_Tensor_Scalar(self.pointer, exponent.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "pow", [self]) }
    return try Tensor(adopting: out0, "pow")
  }

  /// `pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor`
  public func pow(_ exponent: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, exponent)) { sr_op_pow_Tensor_Tensor(self.pointer, exponent.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "pow", [self, exponent]) }
    return try Tensor(adopting: out0, "pow")
  }

  /// `exp(Tensor self) -> Tensor`
  public func exp() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_exp(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "exp", [self]) }
    return try Tensor(adopting: out0, "exp")
  }

  /// `expm1(Tensor self) -> Tensor`
  public func expm1() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_expm1(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "expm1", [self]) }
    return try Tensor(adopting: out0, "expm1")
  }

  /// `log(Tensor self) -> Tensor`
  public func log() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_log(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "log", [self]) }
    return try Tensor(adopting: out0, "log")
  }

  /// `log1p(Tensor self) -> Tensor`
  public func log1p() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_log1p(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "log1p", [self]) }
    return try Tensor(adopting: out0, "log1p")
  }

  /// `log2(Tensor self) -> Tensor`
  public func log2() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_log2(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "log2", [self]) }
    return try Tensor(adopting: out0, "log2")
  }

  /// `sqrt(Tensor self) -> Tensor`
  public func sqrt() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sqrt(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sqrt", [self]) }
    return try Tensor(adopting: out0, "sqrt")
  }

  /// `sqrt_(Tensor(a!) self) -> Tensor(a!)`
  @discardableResult
  public func sqrt_() throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_sqrt_inplace(self.pointer) }
    if status != SR_OK { throw TorchError.last(status, "sqrt_", [self]) }
    return self
  }

  /// `rsqrt(Tensor self) -> Tensor`
  public func rsqrt() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_rsqrt(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "rsqrt", [self]) }
    return try Tensor(adopting: out0, "rsqrt")
  }

  /// `sin(Tensor self) -> Tensor`
  public func sin() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sin(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sin", [self]) }
    return try Tensor(adopting: out0, "sin")
  }

  /// `cos(Tensor self) -> Tensor`
  public func cos() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_cos(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cos", [self]) }
    return try Tensor(adopting: out0, "cos")
  }

  /// `tan(Tensor self) -> Tensor`
  public func tan() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_tan(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "tan", [self]) }
    return try Tensor(adopting: out0, "tan")
  }

  /// `erf(Tensor self) -> Tensor`
  public func erf() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_erf(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "erf", [self]) }
    return try Tensor(adopting: out0, "erf")
  }

  /// `erfinv_(Tensor(a!) self) -> Tensor(a!)`
  @discardableResult
  public func erfinv_() throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_erfinv_inplace(self.pointer) }
    if status != SR_OK { throw TorchError.last(status, "erfinv_", [self]) }
    return self
  }

  /// `floor(Tensor self) -> Tensor`
  public func floor() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_floor(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "floor", [self]) }
    return try Tensor(adopting: out0, "floor")
  }

  /// `ceil(Tensor self) -> Tensor`
  public func ceil() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_ceil(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ceil", [self]) }
    return try Tensor(adopting: out0, "ceil")
  }

  /// `round(Tensor self) -> Tensor`
  public func round() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_round(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "round", [self]) }
    return try Tensor(adopting: out0, "round")
  }

  /// `trunc(Tensor self) -> Tensor`
  public func trunc() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_trunc(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "trunc", [self]) }
    return try Tensor(adopting: out0, "trunc")
  }

  /// `clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor`
  public func clamp(min: (any ScalarValue)? = nil, max: (any ScalarValue)? = nil) throws -> Tensor {
    let minBridged = min?.bridged
    let maxBridged = max?.bridged
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { withOptionalPointer(minBridged) { minPointer in withOptionalPointer(maxBridged) { maxPointer in sr_op_clamp(self.pointer, minPointer, maxPointer, &out0) } } }
    if status != SR_OK { throw TorchError.last(status, "clamp", [self]) }
    return try Tensor(adopting: out0, "clamp")
  }

  /// `clamp_(Tensor(a!) self, Scalar? min=None, Scalar? max=None) -> Tensor(a!)`
  @discardableResult
  public func clamp_(min: (any ScalarValue)? = nil, max: (any ScalarValue)? = nil) throws -> Tensor {
    let minBridged = min?.bridged
    let maxBridged = max?.bridged
    let status = withExtendedLifetime(self) { withOptionalPointer(minBridged) { minPointer in withOptionalPointer(maxBridged) { maxPointer in sr_op_clamp_inplace(self.pointer, minPointer, maxPointer) } } }
    if status != SR_OK { throw TorchError.last(status, "clamp_", [self]) }
    return self
  }

  /// `clamp_min(Tensor self, Scalar min) -> Tensor`
  public func clampMin(min: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_clamp_min(self.pointer, min.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "clamp_min", [self]) }
    return try Tensor(adopting: out0, "clamp_min")
  }

  /// `clamp_max(Tensor self, Scalar max) -> Tensor`
  public func clampMax(max: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_clamp_max(self.pointer, max.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "clamp_max", [self]) }
    return try Tensor(adopting: out0, "clamp_max")
  }

  /// `maximum(Tensor self, Tensor other) -> Tensor`
  public func maximum(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_maximum(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "maximum", [self, other]) }
    return try Tensor(adopting: out0, "maximum")
  }

  /// `minimum(Tensor self, Tensor other) -> Tensor`
  public func minimum(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_minimum(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "minimum", [self, other]) }
    return try Tensor(adopting: out0, "minimum")
  }

  /// `lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor`
  public func lerp(end: Tensor, weight: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, end)) { sr_op_lerp_Scalar(self.pointer, end.pointer, weight.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "lerp", [self, end]) }
    return try Tensor(adopting: out0, "lerp")
  }

  /// `lerp_.Scalar(Tensor(a!) self, Tensor end, Scalar weight) -> Tensor(a!)`
  @discardableResult
  public func lerp_(end: Tensor, weight: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime((self, end)) { sr_op_lerp_inplace_Scalar(self.pointer, end.pointer, weight.bridged) }
    if status != SR_OK { throw TorchError.last(status, "lerp_", [self, end]) }
    return self
  }

  /// `addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor`
  public func addcmul(tensor1: Tensor, tensor2: Tensor, value: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, tensor1, tensor2)) { sr_op_addcmul(self.pointer, tensor1.pointer, tensor2.pointer, value.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "addcmul", [self, tensor1, tensor2]) }
    return try Tensor(adopting: out0, "addcmul")
  }

  /// `addcmul_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)`
  @discardableResult
  public func addcmul_(tensor1: Tensor, tensor2: Tensor, value: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime((self, tensor1, tensor2)) { sr_op_addcmul_inplace(self.pointer, tensor1.pointer, tensor2.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "addcmul_", [self, tensor1, tensor2]) }
    return self
  }

  /// `addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor`
  public func addcdiv(tensor1: Tensor, tensor2: Tensor, value: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, tensor1, tensor2)) { sr_op_addcdiv(self.pointer, tensor1.pointer, tensor2.pointer, value.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "addcdiv", [self, tensor1, tensor2]) }
    return try Tensor(adopting: out0, "addcdiv")
  }

  /// `addcdiv_(Tensor(a!) self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor(a!)`
  @discardableResult
  public func addcdiv_(tensor1: Tensor, tensor2: Tensor, value: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime((self, tensor1, tensor2)) { sr_op_addcdiv_inplace(self.pointer, tensor1.pointer, tensor2.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "addcdiv_", [self, tensor1, tensor2]) }
    return self
  }

  /// `nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor`
  public func nanToNum(nan: Double? = nil, posinf: Double? = nil, neginf: Double? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_nan_to_num(self.pointer, nan != nil, nan ?? 0, posinf != nil, posinf ?? 0, neginf != nil, neginf ?? 0, &out0) }
    if status != SR_OK { throw TorchError.last(status, "nan_to_num", [self]) }
    return try Tensor(adopting: out0, "nan_to_num")
  }

  /// `eq.Tensor(Tensor self, Tensor other) -> Tensor`
  public func eq(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_eq_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "eq", [self, other]) }
    return try Tensor(adopting: out0, "eq")
  }

  /// `eq.Scalar(Tensor self, Scalar other) -> Tensor`
  public func eq(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_eq_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "eq", [self]) }
    return try Tensor(adopting: out0, "eq")
  }

  /// `ne.Tensor(Tensor self, Tensor other) -> Tensor`
  public func ne(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_ne_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ne", [self, other]) }
    return try Tensor(adopting: out0, "ne")
  }

  /// `ne.Scalar(Tensor self, Scalar other) -> Tensor`
  public func ne(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_ne_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ne", [self]) }
    return try Tensor(adopting: out0, "ne")
  }

  /// `lt.Tensor(Tensor self, Tensor other) -> Tensor`
  public func lt(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_lt_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "lt", [self, other]) }
    return try Tensor(adopting: out0, "lt")
  }

  /// `lt.Scalar(Tensor self, Scalar other) -> Tensor`
  public func lt(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_lt_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "lt", [self]) }
    return try Tensor(adopting: out0, "lt")
  }

  /// `le.Tensor(Tensor self, Tensor other) -> Tensor`
  public func le(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_le_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "le", [self, other]) }
    return try Tensor(adopting: out0, "le")
  }

  /// `le.Scalar(Tensor self, Scalar other) -> Tensor`
  public func le(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_le_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "le", [self]) }
    return try Tensor(adopting: out0, "le")
  }

  /// `gt.Tensor(Tensor self, Tensor other) -> Tensor`
  public func gt(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_gt_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "gt", [self, other]) }
    return try Tensor(adopting: out0, "gt")
  }

  /// `gt.Scalar(Tensor self, Scalar other) -> Tensor`
  public func gt(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_gt_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "gt", [self]) }
    return try Tensor(adopting: out0, "gt")
  }

  /// `ge.Tensor(Tensor self, Tensor other) -> Tensor`
  public func ge(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_ge_Tensor(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ge", [self, other]) }
    return try Tensor(adopting: out0, "ge")
  }

  /// `ge.Scalar(Tensor self, Scalar other) -> Tensor`
  public func ge(_ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_ge_Scalar(self.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ge", [self]) }
    return try Tensor(adopting: out0, "ge")
  }

  /// `equal(Tensor self, Tensor other) -> bool`
  public func equal(_ other: Tensor) throws -> Bool {
    var out0 = false
    let status = withExtendedLifetime((self, other)) { sr_op_equal(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "equal", [self, other]) }
    return out0
  }

  /// `allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool`
  public func allclose(_ other: Tensor, rtol: Double = 1e-05, atol: Double = 1e-08, equalNan: Bool = false) throws -> Bool {
    var out0 = false
    let status = withExtendedLifetime((self, other)) { sr_op_allclose(self.pointer, other.pointer, rtol, atol, equalNan, &out0) }
    if status != SR_OK { throw TorchError.last(status, "allclose", [self, other]) }
    return out0
  }

  /// `isnan(Tensor self) -> Tensor`
  public func isnan() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_isnan(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "isnan", [self]) }
    return try Tensor(adopting: out0, "isnan")
  }

  /// `isinf(Tensor self) -> Tensor`
  public func isinf() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_isinf(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "isinf", [self]) }
    return try Tensor(adopting: out0, "isinf")
  }

  /// `isfinite(Tensor self) -> Tensor`
  public func isfinite() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_isfinite(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "isfinite", [self]) }
    return try Tensor(adopting: out0, "isfinite")
  }

  /// `logical_not(Tensor self) -> Tensor`
  public func logicalNot() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_logical_not(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "logical_not", [self]) }
    return try Tensor(adopting: out0, "logical_not")
  }

  /// `logical_and(Tensor self, Tensor other) -> Tensor`
  public func logicalAnd(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_logical_and(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "logical_and", [self, other]) }
    return try Tensor(adopting: out0, "logical_and")
  }

  /// `logical_or(Tensor self, Tensor other) -> Tensor`
  public func logicalOr(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_logical_or(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "logical_or", [self, other]) }
    return try Tensor(adopting: out0, "logical_or")
  }

  /// `where.self(Tensor condition, Tensor self, Tensor other) -> Tensor`
  public func `where`(input: Tensor, _ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, input, other)) { sr_op_where_self(self.pointer, input.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "where", [self, input, other]) }
    return try Tensor(adopting: out0, "where")
  }

  /// `where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor`
  public func `where`(input: Tensor, _ other: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, input)) { sr_op_where_ScalarOther(self.pointer, input.pointer, other.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "where", [self, input]) }
    return try Tensor(adopting: out0, "where")
  }

  /// `masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor`
  public func maskedFill(mask: Tensor, value: any ScalarValue) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mask)) { sr_op_masked_fill_Scalar(self.pointer, mask.pointer, value.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "masked_fill", [self, mask]) }
    return try Tensor(adopting: out0, "masked_fill")
  }

  /// `masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor`
  public func maskedFill(mask: Tensor, value: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mask, value)) { sr_op_masked_fill_Tensor(self.pointer, mask.pointer, value.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "masked_fill", [self, mask, value]) }
    return try Tensor(adopting: out0, "masked_fill")
  }

  /// `masked_fill_.Scalar(Tensor(a!) self, Tensor mask, Scalar value) -> Tensor(a!)`
  @discardableResult
  public func maskedFill_(mask: Tensor, value: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime((self, mask)) { sr_op_masked_fill_inplace_Scalar(self.pointer, mask.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "masked_fill_", [self, mask]) }
    return self
  }

  /// `masked_select(Tensor self, Tensor mask) -> Tensor`
  public func maskedSelect(mask: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mask)) { sr_op_masked_select(self.pointer, mask.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "masked_select", [self, mask]) }
    return try Tensor(adopting: out0, "masked_select")
  }

  /// `nonzero(Tensor self) -> Tensor`
  public func nonzero() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_nonzero(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "nonzero", [self]) }
    return try Tensor(adopting: out0, "nonzero")
  }

  /// `sum(Tensor self, *, ScalarType? dtype=None) -> Tensor`
  public func sum(dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sum(self.pointer, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sum", [self]) }
    return try Tensor(adopting: out0, "sum")
  }

  /// `sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`
  public func sum(dim: [Int]?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sum_dim_IntList(self.pointer, dim, dim?.count ?? -1, keepdim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sum", [self]) }
    return try Tensor(adopting: out0, "sum")
  }

  /// `mean(Tensor self, *, ScalarType? dtype=None) -> Tensor`
  public func mean(dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_mean(self.pointer, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mean", [self]) }
    return try Tensor(adopting: out0, "mean")
  }

  /// `mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`
  public func mean(dim: [Int]?, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_mean_dim(self.pointer, dim, dim?.count ?? -1, keepdim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mean", [self]) }
    return try Tensor(adopting: out0, "mean")
  }

  /// `prod(Tensor self, *, ScalarType? dtype=None) -> Tensor`
  public func prod(dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_prod(self.pointer, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "prod", [self]) }
    return try Tensor(adopting: out0, "prod")
  }

  /// `prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`
  public func prod(dim: Int, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_prod_dim_int(self.pointer, dim, keepdim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "prod", [self]) }
    return try Tensor(adopting: out0, "prod")
  }

  /// `std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor`
  public func std(dim: [Int]? = nil, correction: (any ScalarValue)? = nil, keepdim: Bool = false) throws -> Tensor {
    let correctionBridged = correction?.bridged
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { withOptionalPointer(correctionBridged) { correctionPointer in sr_op_std_correction(self.pointer, dim, dim?.count ?? -1, correctionPointer, keepdim, &out0) } }
    if status != SR_OK { throw TorchError.last(status, "std", [self]) }
    return try Tensor(adopting: out0, "std")
  }

  /// `var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor`
  public func `var`(dim: [Int]? = nil, correction: (any ScalarValue)? = nil, keepdim: Bool = false) throws -> Tensor {
    let correctionBridged = correction?.bridged
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { withOptionalPointer(correctionBridged) { correctionPointer in sr_op_var_correction(self.pointer, dim, dim?.count ?? -1, correctionPointer, keepdim, &out0) } }
    if status != SR_OK { throw TorchError.last(status, "var", [self]) }
    return try Tensor(adopting: out0, "var")
  }

  /// `amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor`
  public func amax(dim: [Int] = [], keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_amax(self.pointer, dim, dim.count, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "amax", [self]) }
    return try Tensor(adopting: out0, "amax")
  }

  /// `amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor`
  public func amin(dim: [Int] = [], keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_amin(self.pointer, dim, dim.count, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "amin", [self]) }
    return try Tensor(adopting: out0, "amin")
  }

  /// `max(Tensor self) -> Tensor`
  public func max() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_max(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "max", [self]) }
    return try Tensor(adopting: out0, "max")
  }

  /// `max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)`
  public func max(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_max_dim(self.pointer, dim, keepdim, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "max", [self]) }
    return (try Tensor(adopting: out0, "max"), try Tensor(adopting: out1, "max"))
  }

  /// `min(Tensor self) -> Tensor`
  public func min() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_min(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "min", [self]) }
    return try Tensor(adopting: out0, "min")
  }

  /// `min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)`
  public func min(dim: Int, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_min_dim(self.pointer, dim, keepdim, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "min", [self]) }
    return (try Tensor(adopting: out0, "min"), try Tensor(adopting: out1, "min"))
  }

  /// `argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor`
  public func argmax(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_argmax(self.pointer, dim != nil, dim ?? 0, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "argmax", [self]) }
    return try Tensor(adopting: out0, "argmax")
  }

  /// `argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor`
  public func argmin(dim: Int? = nil, keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_argmin(self.pointer, dim != nil, dim ?? 0, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "argmin", [self]) }
    return try Tensor(adopting: out0, "argmin")
  }

  /// `any(Tensor self) -> Tensor`
  public func `any`() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_any(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "any", [self]) }
    return try Tensor(adopting: out0, "any")
  }

  /// `any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor`
  public func `any`(dim: Int, keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_any_dim(self.pointer, dim, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "any", [self]) }
    return try Tensor(adopting: out0, "any")
  }

  /// `all(Tensor self) -> Tensor`
  public func all() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_all(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "all", [self]) }
    return try Tensor(adopting: out0, "all")
  }

  /// `all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor`
  public func all(dim: Int, keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_all_dim(self.pointer, dim, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "all", [self]) }
    return try Tensor(adopting: out0, "all")
  }

  /// `cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor`
  public func cumsum(dim: Int, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_cumsum(self.pointer, dim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cumsum", [self]) }
    return try Tensor(adopting: out0, "cumsum")
  }

  /// `logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor`
  public func logsumexp(dim: [Int], keepdim: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_logsumexp(self.pointer, dim, dim.count, keepdim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "logsumexp", [self]) }
    return try Tensor(adopting: out0, "logsumexp")
  }

  /// `norm.Scalar(Tensor self, Scalar p=2) -> Tensor`
  public func norm(p: any ScalarValue = 2) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_norm_Scalar(self.pointer, p.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "norm", [self]) }
    return try Tensor(adopting: out0, "norm")
  }

  /// `linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`
  public func linalgVectorNorm(ord: any ScalarValue = 2, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_linalg_vector_norm(self.pointer, ord.bridged, dim, dim?.count ?? -1, keepdim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "linalg_vector_norm", [self]) }
    return try Tensor(adopting: out0, "linalg_vector_norm")
  }

  /// `count_nonzero(Tensor self, int? dim=None) -> Tensor`
  public func countNonzero(dim: Int? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_count_nonzero(self.pointer, dim != nil, dim ?? 0, &out0) }
    if status != SR_OK { throw TorchError.last(status, "count_nonzero", [self]) }
    return try Tensor(adopting: out0, "count_nonzero")
  }

  /// `bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor`
  public func bincount(weights: Tensor? = nil, minlength: Int = 0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, weights)) { sr_op_bincount(self.pointer, weights?.pointer, minlength, &out0) }
    if status != SR_OK { throw TorchError.last(status, "bincount", [self, weights]) }
    return try Tensor(adopting: out0, "bincount")
  }

  /// `topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)`
  public func topk(k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true) throws -> (values: Tensor, indices: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_topk(self.pointer, k, dim, largest, sorted, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "topk", [self]) }
    return (try Tensor(adopting: out0, "topk"), try Tensor(adopting: out1, "topk"))
  }

  /// `sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)`
  public func sort(dim: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sort(self.pointer, dim, descending, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "sort", [self]) }
    return (try Tensor(adopting: out0, "sort"), try Tensor(adopting: out1, "sort"))
  }

  /// `argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor`
  public func argsort(dim: Int = -1, descending: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_argsort(self.pointer, dim, descending, &out0) }
    if status != SR_OK { throw TorchError.last(status, "argsort", [self]) }
    return try Tensor(adopting: out0, "argsort")
  }

  /// `kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)`
  public func kthvalue(k: Int, dim: Int = -1, keepdim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_kthvalue(self.pointer, k, dim, keepdim, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "kthvalue", [self]) }
    return (try Tensor(adopting: out0, "kthvalue"), try Tensor(adopting: out1, "kthvalue"))
  }

  /// `_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)`
  public func _unique2(sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false) throws -> (result0: Tensor, result1: Tensor, result2: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    var out2: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_internal_unique2(self.pointer, sorted, returnInverse, returnCounts, &out0, &out1, &out2) }
    if status != SR_OK { throw TorchError.last(status, "_unique2", [self]) }
    return (try Tensor(adopting: out0, "_unique2"), try Tensor(adopting: out1, "_unique2"), try Tensor(adopting: out2, "_unique2"))
  }

  /// `searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor`
  public func searchsorted(input: Tensor, outInt32: Bool = false, right: Bool = false, side: String? = nil, sorter: Tensor? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, input, sorter)) { sr_op_searchsorted_Tensor(self.pointer, input.pointer, outInt32, right, side, sorter?.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "searchsorted", [self, input, sorter]) }
    return try Tensor(adopting: out0, "searchsorted")
  }

  /// `cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor`
  public func cumprod(dim: Int, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_cumprod(self.pointer, dim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cumprod", [self]) }
    return try Tensor(adopting: out0, "cumprod")
  }

  /// `matmul(Tensor self, Tensor other) -> Tensor`
  public func matmul(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_matmul(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "matmul", [self, other]) }
    return try Tensor(adopting: out0, "matmul")
  }

  /// `mm(Tensor self, Tensor mat2) -> Tensor`
  public func mm(_ mat2: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mat2)) { sr_op_mm(self.pointer, mat2.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mm", [self, mat2]) }
    return try Tensor(adopting: out0, "mm")
  }

  /// `bmm(Tensor self, Tensor mat2) -> Tensor`
  public func bmm(_ mat2: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mat2)) { sr_op_bmm(self.pointer, mat2.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "bmm", [self, mat2]) }
    return try Tensor(adopting: out0, "bmm")
  }

  /// `mv(Tensor self, Tensor vec) -> Tensor`
  public func mv(_ vec: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, vec)) { sr_op_mv(self.pointer, vec.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mv", [self, vec]) }
    return try Tensor(adopting: out0, "mv")
  }

  /// `dot(Tensor self, Tensor tensor) -> Tensor`
  public func dot(tensor: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, tensor)) { sr_op_dot(self.pointer, tensor.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "dot", [self, tensor]) }
    return try Tensor(adopting: out0, "dot")
  }

  /// `addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor`
  public func addmm(mat1: Tensor, _ mat2: Tensor, beta: any ScalarValue = 1, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mat1, mat2)) { sr_op_addmm(self.pointer, mat1.pointer, mat2.pointer, beta.bridged, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "addmm", [self, mat1, mat2]) }
    return try Tensor(adopting: out0, "addmm")
  }

  /// `baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor`
  public func baddbmm(batch1: Tensor, batch2: Tensor, beta: any ScalarValue = 1, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, batch1, batch2)) { sr_op_baddbmm(self.pointer, batch1.pointer, batch2.pointer, beta.bridged, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "baddbmm", [self, batch1, batch2]) }
    return try Tensor(adopting: out0, "baddbmm")
  }

  /// `linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor`
  public func linear(weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, weight, bias)) { sr_op_linear(self.pointer, weight.pointer, bias?.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "linear", [self, weight, bias]) }
    return try Tensor(adopting: out0, "linear")
  }

  /// `outer(Tensor self, Tensor vec2) -> Tensor`
  public func outer(_ vec2: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, vec2)) { sr_op_outer(self.pointer, vec2.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "outer", [self, vec2]) }
    return try Tensor(adopting: out0, "outer")
  }

  /// `einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor`
  public static func einsum(_ equation: String, tensors: [Tensor], path: [Int]? = nil) throws -> Tensor {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: OpaquePointer?
    let status = withExtendedLifetime(tensors) { sr_op_einsum(equation, tensorsPointers, tensors.count, path, path?.count ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "einsum", tensors) }
    return try Tensor(adopting: out0, "einsum")
  }

  /// `triu(Tensor self, SymInt diagonal=0) -> Tensor`
  public func triu(diagonal: Int = 0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_triu(self.pointer, diagonal, &out0) }
    if status != SR_OK { throw TorchError.last(status, "triu", [self]) }
    return try Tensor(adopting: out0, "triu")
  }

  /// `tril(Tensor self, SymInt diagonal=0) -> Tensor`
  public func tril(diagonal: Int = 0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_tril(self.pointer, diagonal, &out0) }
    if status != SR_OK { throw TorchError.last(status, "tril", [self]) }
    return try Tensor(adopting: out0, "tril")
  }

  /// `diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)`
  public func diagonal(offset: Int = 0, _ dim1: Int = 0, dim2: Int = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_diagonal(self.pointer, offset, dim1, dim2, &out0) }
    if status != SR_OK { throw TorchError.last(status, "diagonal", [self]) }
    return try Tensor(adopting: out0, "diagonal")
  }

  /// `linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor`
  public func linalgCholesky(upper: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_linalg_cholesky(self.pointer, upper, &out0) }
    if status != SR_OK { throw TorchError.last(status, "linalg_cholesky", [self]) }
    return try Tensor(adopting: out0, "linalg_cholesky")
  }

  /// `linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor`
  public func linalgSolve(B: Tensor, left: Bool = true) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, B)) { sr_op_linalg_solve(self.pointer, B.pointer, left, &out0) }
    if status != SR_OK { throw TorchError.last(status, "linalg_solve", [self, B]) }
    return try Tensor(adopting: out0, "linalg_solve")
  }

  /// `linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)`
  public func linalgQr(mode: String = "reduced") throws -> (Q: Tensor, R: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_linalg_qr(self.pointer, mode, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "linalg_qr", [self]) }
    return (try Tensor(adopting: out0, "linalg_qr"), try Tensor(adopting: out1, "linalg_qr"))
  }

  /// `diag(Tensor self, int diagonal=0) -> Tensor`
  public func diag(diagonal: Int = 0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_diag(self.pointer, diagonal, &out0) }
    if status != SR_OK { throw TorchError.last(status, "diag", [self]) }
    return try Tensor(adopting: out0, "diag")
  }

  /// `reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)`
  public func reshape(_ shape: [Int]) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_reshape(self.pointer, shape, shape.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "reshape", [self]) }
    return try Tensor(adopting: out0, "reshape")
  }

  /// `view(Tensor(a) self, SymInt[] size) -> Tensor(a)`
  public func view(_ size: [Int]) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_view(self.pointer, size, size.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "view", [self]) }
    return try Tensor(adopting: out0, "view")
  }

  /// `flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)`
  public func flatten(startDim: Int = 0, endDim: Int = -1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_flatten_using_ints(self.pointer, startDim, endDim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "flatten", [self]) }
    return try Tensor(adopting: out0, "flatten")
  }

  /// `squeeze(Tensor(a) self) -> Tensor(a)`
  public func squeeze() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_squeeze(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "squeeze", [self]) }
    return try Tensor(adopting: out0, "squeeze")
  }

  /// `squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)`
  public func squeeze(dim: Int) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_squeeze_dim(self.pointer, dim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "squeeze", [self]) }
    return try Tensor(adopting: out0, "squeeze")
  }

  /// `unsqueeze(Tensor(a) self, int dim) -> Tensor(a)`
  public func unsqueeze(dim: Int) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_unsqueeze(self.pointer, dim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "unsqueeze", [self]) }
    return try Tensor(adopting: out0, "unsqueeze")
  }

  /// `expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)`
  public func expand(_ size: [Int], implicit: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_expand(self.pointer, size, size.count, implicit, &out0) }
    if status != SR_OK { throw TorchError.last(status, "expand", [self]) }
    return try Tensor(adopting: out0, "expand")
  }

  /// `expand_as(Tensor(a) self, Tensor other) -> Tensor(a)`
  public func expandAs(_ other: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, other)) { sr_op_expand_as(self.pointer, other.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "expand_as", [self, other]) }
    return try Tensor(adopting: out0, "expand_as")
  }

  /// `transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)`
  public func transpose(_ dim0: Int, _ dim1: Int) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_transpose_int(self.pointer, dim0, dim1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "transpose", [self]) }
    return try Tensor(adopting: out0, "transpose")
  }

  /// `t(Tensor(a) self) -> Tensor(a)`
  public func t() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_t(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "t", [self]) }
    return try Tensor(adopting: out0, "t")
  }

  /// `permute(Tensor(a) self, int[] dims) -> Tensor(a)`
  public func permute(_ dims: [Int]) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_permute(self.pointer, dims, dims.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "permute", [self]) }
    return try Tensor(adopting: out0, "permute")
  }

  /// `select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)`
  public func select(dim: Int, index: Int) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_select_int(self.pointer, dim, index, &out0) }
    if status != SR_OK { throw TorchError.last(status, "select", [self]) }
    return try Tensor(adopting: out0, "select")
  }

  /// `slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)`
  public func slice(dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_slice_Tensor(self.pointer, dim, start != nil, start ?? 0, end != nil, end ?? 0, step, &out0) }
    if status != SR_OK { throw TorchError.last(status, "slice", [self]) }
    return try Tensor(adopting: out0, "slice")
  }

  /// `narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)`
  public func narrow(dim: Int, start: Int, length: Int) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_narrow(self.pointer, dim, start, length, &out0) }
    if status != SR_OK { throw TorchError.last(status, "narrow", [self]) }
    return try Tensor(adopting: out0, "narrow")
  }

  /// `cat(Tensor[] tensors, int dim=0) -> Tensor`
  public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: OpaquePointer?
    let status = withExtendedLifetime(tensors) { sr_op_cat(tensorsPointers, tensors.count, dim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cat", tensors) }
    return try Tensor(adopting: out0, "cat")
  }

  /// `stack(Tensor[] tensors, int dim=0) -> Tensor`
  public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: OpaquePointer?
    let status = withExtendedLifetime(tensors) { sr_op_stack(tensorsPointers, tensors.count, dim, &out0) }
    if status != SR_OK { throw TorchError.last(status, "stack", tensors) }
    return try Tensor(adopting: out0, "stack")
  }

  /// `split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]`
  public func split(splitSize: Int, dim: Int = 0) throws -> [Tensor] {
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(self) { sr_op_split_Tensor(self.pointer, splitSize, dim, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "split", [self]) }
    return try Tensor.adopting(list: out0, count: out0Count, "split")
  }

  /// `split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]`
  public func splitWithSizes(splitSizes: [Int], dim: Int = 0) throws -> [Tensor] {
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(self) { sr_op_split_with_sizes(self.pointer, splitSizes, splitSizes.count, dim, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "split_with_sizes", [self]) }
    return try Tensor.adopting(list: out0, count: out0Count, "split_with_sizes")
  }

  /// `chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]`
  public func chunk(chunks: Int, dim: Int = 0) throws -> [Tensor] {
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(self) { sr_op_chunk(self.pointer, chunks, dim, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "chunk", [self]) }
    return try Tensor.adopting(list: out0, count: out0Count, "chunk")
  }

  /// `unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]`
  public func unbind(dim: Int = 0) throws -> [Tensor] {
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(self) { sr_op_unbind_int(self.pointer, dim, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "unbind", [self]) }
    return try Tensor.adopting(list: out0, count: out0Count, "unbind")
  }

  /// `repeat(Tensor self, SymInt[] repeats) -> Tensor`
  public func `repeat`(_ repeats: [Int]) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_repeat(self.pointer, repeats, repeats.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "repeat", [self]) }
    return try Tensor(adopting: out0, "repeat")
  }

  /// `repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor`
  public func repeatInterleave(_ repeats: Int, dim: Int? = nil, outputSize: Int? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_repeat_interleave_self_int(self.pointer, repeats, dim != nil, dim ?? 0, outputSize != nil, outputSize ?? 0, &out0) }
    if status != SR_OK { throw TorchError.last(status, "repeat_interleave", [self]) }
    return try Tensor(adopting: out0, "repeat_interleave")
  }

  /// `repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor`
  public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil, outputSize: Int? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, repeats)) { sr_op_repeat_interleave_self_Tensor(self.pointer, repeats.pointer, dim != nil, dim ?? 0, outputSize != nil, outputSize ?? 0, &out0) }
    if status != SR_OK { throw TorchError.last(status, "repeat_interleave", [self, repeats]) }
    return try Tensor(adopting: out0, "repeat_interleave")
  }

  /// `flip(Tensor self, int[] dims) -> Tensor`
  public func flip(_ dims: [Int]) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_flip(self.pointer, dims, dims.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "flip", [self]) }
    return try Tensor(adopting: out0, "flip")
  }

  /// `roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor`
  public func roll(shifts: [Int], _ dims: [Int] = []) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_roll(self.pointer, shifts, shifts.count, dims, dims.count, &out0) }
    if status != SR_OK { throw TorchError.last(status, "roll", [self]) }
    return try Tensor(adopting: out0, "roll")
  }

  /// `gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor`
  public func gather(dim: Int, index: Tensor, sparseGrad: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index)) { sr_op_gather(self.pointer, dim, index.pointer, sparseGrad, &out0) }
    if status != SR_OK { throw TorchError.last(status, "gather", [self, index]) }
    return try Tensor(adopting: out0, "gather")
  }

  /// `scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor`
  public func scatter(dim: Int, index: Tensor, _ src: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index, src)) { sr_op_scatter_src(self.pointer, dim, index.pointer, src.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "scatter", [self, index, src]) }
    return try Tensor(adopting: out0, "scatter")
  }

  /// `scatter_.src(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)`
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, _ src: Tensor) throws -> Tensor {
    let status = withExtendedLifetime((self, index, src)) { sr_op_scatter_inplace_src(self.pointer, dim, index.pointer, src.pointer) }
    if status != SR_OK { throw TorchError.last(status, "scatter_", [self, index, src]) }
    return self
  }

  /// `scatter_.value(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)`
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, value: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime((self, index)) { sr_op_scatter_inplace_value(self.pointer, dim, index.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "scatter_", [self, index]) }
    return self
  }

  /// `scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor`
  public func scatterAdd(dim: Int, index: Tensor, _ src: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index, src)) { sr_op_scatter_add(self.pointer, dim, index.pointer, src.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "scatter_add", [self, index, src]) }
    return try Tensor(adopting: out0, "scatter_add")
  }

  /// `scatter_add_(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)`
  @discardableResult
  public func scatterAdd_(dim: Int, index: Tensor, _ src: Tensor) throws -> Tensor {
    let status = withExtendedLifetime((self, index, src)) { sr_op_scatter_add_inplace(self.pointer, dim, index.pointer, src.pointer) }
    if status != SR_OK { throw TorchError.last(status, "scatter_add_", [self, index, src]) }
    return self
  }

  /// `index_select(Tensor self, int dim, Tensor index) -> Tensor`
  public func indexSelect(dim: Int, index: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index)) { sr_op_index_select(self.pointer, dim, index.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "index_select", [self, index]) }
    return try Tensor(adopting: out0, "index_select")
  }

  /// `index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor`
  public func indexAdd(dim: Int, index: Tensor, source: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index, source)) { sr_op_index_add(self.pointer, dim, index.pointer, source.pointer, alpha.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "index_add", [self, index, source]) }
    return try Tensor(adopting: out0, "index_add")
  }

  /// `index_add_(Tensor(a!) self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor(a!)`
  @discardableResult
  public func indexAdd_(dim: Int, index: Tensor, source: Tensor, alpha: any ScalarValue = 1) throws -> Tensor {
    let status = withExtendedLifetime((self, index, source)) { sr_op_index_add_inplace(self.pointer, dim, index.pointer, source.pointer, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "index_add_", [self, index, source]) }
    return self
  }

  /// `index_copy_(Tensor(a!) self, int dim, Tensor index, Tensor source) -> Tensor(a!)`
  @discardableResult
  public func indexCopy_(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
    let status = withExtendedLifetime((self, index, source)) { sr_op_index_copy_inplace(self.pointer, dim, index.pointer, source.pointer) }
    if status != SR_OK { throw TorchError.last(status, "index_copy_", [self, index, source]) }
    return self
  }

  /// `index_fill_.int_Scalar(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)`
  @discardableResult
  public func indexFill_(dim: Int, index: Tensor, value: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime((self, index)) { sr_op_index_fill_inplace_int_Scalar(self.pointer, dim, index.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "index_fill_", [self, index]) }
    return self
  }

  /// `take(Tensor self, Tensor index) -> Tensor`
  public func take(index: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, index)) { sr_op_take(self.pointer, index.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "take", [self, index]) }
    return try Tensor(adopting: out0, "take")
  }

  /// `one_hot(Tensor self, int num_classes=-1) -> Tensor`
  public func oneHot(numClasses: Int = -1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_one_hot(self.pointer, numClasses, &out0) }
    if status != SR_OK { throw TorchError.last(status, "one_hot", [self]) }
    return try Tensor(adopting: out0, "one_hot")
  }

  /// `clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor`
  public func clone() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_clone(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "clone", [self]) }
    return try Tensor(adopting: out0, "clone")
  }

  /// `copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)`
  @discardableResult
  public func copy_(_ src: Tensor, nonBlocking: Bool = false) throws -> Tensor {
    let status = withExtendedLifetime((self, src)) { sr_op_copy_inplace(self.pointer, src.pointer, nonBlocking) }
    if status != SR_OK { throw TorchError.last(status, "copy_", [self, src]) }
    return self
  }

  /// `fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)`
  @discardableResult
  public func fill_(value: any ScalarValue) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_fill_inplace_Scalar(self.pointer, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "fill_", [self]) }
    return self
  }

  /// `zero_(Tensor(a!) self) -> Tensor(a!)`
  @discardableResult
  public func zero_() throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_zero_inplace(self.pointer) }
    if status != SR_OK { throw TorchError.last(status, "zero_", [self]) }
    return self
  }

  /// `zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func zerosLike(dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_zeros_like(self.pointer, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "zeros_like", [self]) }
    return try Tensor(adopting: out0, "zeros_like")
  }

  /// `full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func fullLike(fillValue: any ScalarValue, dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_full_like(self.pointer, fillValue.bridged, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "full_like", [self]) }
    return try Tensor(adopting: out0, "full_like")
  }

  /// `ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func onesLike(dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_ones_like(self.pointer, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "ones_like", [self]) }
    return try Tensor(adopting: out0, "ones_like")
  }

  /// `empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func emptyLike(dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_empty_like(self.pointer, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "empty_like", [self]) }
    return try Tensor(adopting: out0, "empty_like")
  }

  /// `rand_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func randLike(dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_rand_like(self.pointer, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "rand_like", [self]) }
    return try Tensor(adopting: out0, "rand_like")
  }

  /// `randn_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor`
  public func randnLike(dtype: DType? = nil, pinMemory: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_randn_like(self.pointer, dtype?.rawValue ?? -1, pinMemory != nil, pinMemory ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "randn_like", [self]) }
    return try Tensor(adopting: out0, "randn_like")
  }

  /// `constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor`
  public func constantPadNd(pad: [Int], value: any ScalarValue = 0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_constant_pad_nd(self.pointer, pad, pad.count, value.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "constant_pad_nd", [self]) }
    return try Tensor(adopting: out0, "constant_pad_nd")
  }

  /// `meshgrid(Tensor[] tensors) -> Tensor[]`
  public static func meshgrid(_ tensors: [Tensor]) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_meshgrid(tensorsPointers, tensors.count, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "meshgrid", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "meshgrid")
  }

  /// `relu(Tensor self) -> Tensor`
  public func relu() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_relu(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "relu", [self]) }
    return try Tensor(adopting: out0, "relu")
  }

  /// `relu_(Tensor(a!) self) -> Tensor(a!)`
  @discardableResult
  public func relu_() throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_relu_inplace(self.pointer) }
    if status != SR_OK { throw TorchError.last(status, "relu_", [self]) }
    return self
  }

  /// `leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor`
  public func leakyRelu(negativeSlope: any ScalarValue = 0.01) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_leaky_relu(self.pointer, negativeSlope.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "leaky_relu", [self]) }
    return try Tensor(adopting: out0, "leaky_relu")
  }

  /// `gelu(Tensor self, *, str approximate='none') -> Tensor`
  public func gelu(approximate: String = "none") throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_gelu(self.pointer, approximate, &out0) }
    if status != SR_OK { throw TorchError.last(status, "gelu", [self]) }
    return try Tensor(adopting: out0, "gelu")
  }

  /// `sigmoid(Tensor self) -> Tensor`
  public func sigmoid() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_sigmoid(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sigmoid", [self]) }
    return try Tensor(adopting: out0, "sigmoid")
  }

  /// `log_sigmoid(Tensor self) -> Tensor`
  public func logSigmoid() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_log_sigmoid(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "log_sigmoid", [self]) }
    return try Tensor(adopting: out0, "log_sigmoid")
  }

  /// `relu6(Tensor self) -> Tensor`
  public func relu6() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_relu6(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "relu6", [self]) }
    return try Tensor(adopting: out0, "relu6")
  }

  /// `tanh(Tensor self) -> Tensor`
  public func tanh() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_tanh(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "tanh", [self]) }
    return try Tensor(adopting: out0, "tanh")
  }

  /// `silu(Tensor self) -> Tensor`
  public func silu() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_silu(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "silu", [self]) }
    return try Tensor(adopting: out0, "silu")
  }

  /// `elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor`
  public func elu(alpha: any ScalarValue = 1, scale: any ScalarValue = 1, inputScale: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_elu(self.pointer, alpha.bridged, scale.bridged, inputScale.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "elu", [self]) }
    return try Tensor(adopting: out0, "elu")
  }

  /// `softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor`
  public func softplus(beta: any ScalarValue = 1, threshold: any ScalarValue = 20) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_softplus(self.pointer, beta.bridged, threshold.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "softplus", [self]) }
    return try Tensor(adopting: out0, "softplus")
  }

  /// `softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor`
  public func softmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_softmax_int(self.pointer, dim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "softmax", [self]) }
    return try Tensor(adopting: out0, "softmax")
  }

  /// `log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor`
  public func logSoftmax(dim: Int, dtype: DType? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_log_softmax_int(self.pointer, dim, dtype?.rawValue ?? -1, &out0) }
    if status != SR_OK { throw TorchError.last(status, "log_softmax", [self]) }
    return try Tensor(adopting: out0, "log_softmax")
  }

  /// `hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor`
  public func hardtanh(minVal: any ScalarValue = -1, maxVal: any ScalarValue = 1) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_hardtanh(self.pointer, minVal.bridged, maxVal.bridged, &out0) }
    if status != SR_OK { throw TorchError.last(status, "hardtanh", [self]) }
    return try Tensor(adopting: out0, "hardtanh")
  }

  /// `embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor`
  public func embedding(indices: Tensor, paddingIdx: Int = -1, scaleGradByFreq: Bool = false, sparse: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, indices)) { sr_op_embedding(self.pointer, indices.pointer, paddingIdx, scaleGradByFreq, sparse, &out0) }
    if status != SR_OK { throw TorchError.last(status, "embedding", [self, indices]) }
    return try Tensor(adopting: out0, "embedding")
  }

  /// `embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> (Tensor, Tensor, Tensor, Tensor)`
  public func embeddingBag(indices: Tensor, offsets: Tensor, scaleGradByFreq: Bool, mode: Int, sparse: Bool, perSampleWeights: Tensor?, includeLastOffset: Bool, paddingIdx: Int?) throws -> (result0: Tensor, result1: Tensor, result2: Tensor, result3: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    var out2: OpaquePointer?
    var out3: OpaquePointer?
    let status = withExtendedLifetime((self, indices, offsets, perSampleWeights)) { sr_op_embedding_bag_padding_idx(self.pointer, indices.pointer, offsets.pointer, scaleGradByFreq, mode, sparse, perSampleWeights?.pointer, includeLastOffset, paddingIdx != nil, paddingIdx ?? 0, &out0, &out1, &out2, &out3) }
    if status != SR_OK { throw TorchError.last(status, "embedding_bag", [self, indices, offsets, perSampleWeights]) }
    return (try Tensor(adopting: out0, "embedding_bag"), try Tensor(adopting: out1, "embedding_bag"), try Tensor(adopting: out2, "embedding_bag"), try Tensor(adopting: out3, "embedding_bag"))
  }

  /// `layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -> Tensor`
  public func layerNorm(normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-05, cudnnEnable: Bool = true) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, weight, bias)) { sr_op_layer_norm(self.pointer, normalizedShape, normalizedShape.count, weight?.pointer, bias?.pointer, eps, cudnnEnable, &out0) }
    if status != SR_OK { throw TorchError.last(status, "layer_norm", [self, weight, bias]) }
    return try Tensor(adopting: out0, "layer_norm")
  }

  /// `batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor`
  public func batchNorm(weight: Tensor?, bias: Tensor?, runningMean: Tensor?, runningVar: Tensor?, training: Bool, momentum: Double, eps: Double, cudnnEnabled: Bool) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, weight, bias, runningMean, runningVar)) { sr_op_batch_norm(self.pointer, weight?.pointer, bias?.pointer, runningMean?.pointer, runningVar?.pointer, training, momentum, eps, cudnnEnabled, &out0) }
    if status != SR_OK { throw TorchError.last(status, "batch_norm", [self, weight, bias, runningMean, runningVar]) }
    return try Tensor(adopting: out0, "batch_norm")
  }

  /// `dropout(Tensor input, float p, bool train) -> Tensor`
  public func dropout(p: Double, train: Bool) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_dropout(self.pointer, p, train, &out0) }
    if status != SR_OK { throw TorchError.last(status, "dropout", [self]) }
    return try Tensor(adopting: out0, "dropout")
  }

  /// `dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)`
  @discardableResult
  public func dropout_(p: Double, train: Bool) throws -> Tensor {
    let status = withExtendedLifetime(self) { sr_op_dropout_inplace(self.pointer, p, train) }
    if status != SR_OK { throw TorchError.last(status, "dropout_", [self]) }
    return self
  }

  /// `scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor`
  public func scaledDotProductAttention(key: Tensor, value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0.0, isCausal: Bool = false, scale: Double? = nil, enableGqa: Bool = false) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, key, value, attnMask)) { sr_op_scaled_dot_product_attention(self.pointer, key.pointer, value.pointer, attnMask?.pointer, dropoutP, isCausal, scale != nil, scale ?? 0, enableGqa, &out0) }
    if status != SR_OK { throw TorchError.last(status, "scaled_dot_product_attention", [self, key, value, attnMask]) }
    return try Tensor(adopting: out0, "scaled_dot_product_attention")
  }

  /// `lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)`
  public func lstm(hx: [Tensor], params: [Tensor], hasBiases: Bool, numLayers: Int, dropout: Double, train: Bool, bidirectional: Bool, batchFirst: Bool) throws -> (result0: Tensor, result1: Tensor, result2: Tensor) {
    let hxPointers: [OpaquePointer?] = hx.map(\.pointer)
    let paramsPointers: [OpaquePointer?] = params.map(\.pointer)
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    var out2: OpaquePointer?
    let status = withExtendedLifetime((self, hx, params)) { sr_op_lstm_input(self.pointer, hxPointers, hx.count, paramsPointers, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst, &out0, &out1, &out2) }
    if status != SR_OK { throw TorchError.last(status, "lstm", [self] + hx + params) }
    return (try Tensor(adopting: out0, "lstm"), try Tensor(adopting: out1, "lstm"), try Tensor(adopting: out2, "lstm"))
  }

  /// `lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor, Tensor)`
  public func lstm(batchSizes: Tensor, hx: [Tensor], params: [Tensor], hasBiases: Bool, numLayers: Int, dropout: Double, train: Bool, bidirectional: Bool) throws -> (result0: Tensor, result1: Tensor, result2: Tensor) {
    let hxPointers: [OpaquePointer?] = hx.map(\.pointer)
    let paramsPointers: [OpaquePointer?] = params.map(\.pointer)
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    var out2: OpaquePointer?
    let status = withExtendedLifetime((self, batchSizes, hx, params)) { sr_op_lstm_data(self.pointer, batchSizes.pointer, hxPointers, hx.count, paramsPointers, params.count, hasBiases, numLayers, dropout, train, bidirectional, &out0, &out1, &out2) }
    if status != SR_OK { throw TorchError.last(status, "lstm", [self, batchSizes] + hx + params) }
    return (try Tensor(adopting: out0, "lstm"), try Tensor(adopting: out1, "lstm"), try Tensor(adopting: out2, "lstm"))
  }

  /// `gru.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)`
  public func gru(hx: Tensor, params: [Tensor], hasBiases: Bool, numLayers: Int, dropout: Double, train: Bool, bidirectional: Bool, batchFirst: Bool) throws -> (result0: Tensor, result1: Tensor) {
    let paramsPointers: [OpaquePointer?] = params.map(\.pointer)
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime((self, hx, params)) { sr_op_gru_input(self.pointer, hx.pointer, paramsPointers, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "gru", [self, hx] + params) }
    return (try Tensor(adopting: out0, "gru"), try Tensor(adopting: out1, "gru"))
  }

  /// `gru.data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)`
  public func gru(batchSizes: Tensor, hx: Tensor, params: [Tensor], hasBiases: Bool, numLayers: Int, dropout: Double, train: Bool, bidirectional: Bool) throws -> (result0: Tensor, result1: Tensor) {
    let paramsPointers: [OpaquePointer?] = params.map(\.pointer)
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime((self, batchSizes, hx, params)) { sr_op_gru_data(self.pointer, batchSizes.pointer, hx.pointer, paramsPointers, params.count, hasBiases, numLayers, dropout, train, bidirectional, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "gru", [self, batchSizes, hx] + params) }
    return (try Tensor(adopting: out0, "gru"), try Tensor(adopting: out1, "gru"))
  }

  /// `_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)`
  public func _packPaddedSequence(lengths: Tensor, batchFirst: Bool) throws -> (result0: Tensor, result1: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime((self, lengths)) { sr_op_internal_pack_padded_sequence(self.pointer, lengths.pointer, batchFirst, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "_pack_padded_sequence", [self, lengths]) }
    return (try Tensor(adopting: out0, "_pack_padded_sequence"), try Tensor(adopting: out1, "_pack_padded_sequence"))
  }

  /// `_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, int total_length) -> (Tensor, Tensor)`
  public func _padPackedSequence(batchSizes: Tensor, batchFirst: Bool, paddingValue: any ScalarValue, totalLength: Int) throws -> (result0: Tensor, result1: Tensor) {
    var out0: OpaquePointer?
    var out1: OpaquePointer?
    let status = withExtendedLifetime((self, batchSizes)) { sr_op_internal_pad_packed_sequence(self.pointer, batchSizes.pointer, batchFirst, paddingValue.bridged, totalLength, &out0, &out1) }
    if status != SR_OK { throw TorchError.last(status, "_pad_packed_sequence", [self, batchSizes]) }
    return (try Tensor(adopting: out0, "_pad_packed_sequence"), try Tensor(adopting: out1, "_pad_packed_sequence"))
  }

  /// `binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=Mean) -> Tensor`
  public func binaryCrossEntropyWithLogits(target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target, weight, posWeight)) { sr_op_binary_cross_entropy_with_logits(self.pointer, target.pointer, weight?.pointer, posWeight?.pointer, reduction.rawValue, &out0) }
    if status != SR_OK { throw TorchError.last(status, "binary_cross_entropy_with_logits", [self, target, weight, posWeight]) }
    return try Tensor(adopting: out0, "binary_cross_entropy_with_logits")
  }

  /// `cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100, float label_smoothing=0.0) -> Tensor`
  public func crossEntropyLoss(target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoreIndex: Int = -100, labelSmoothing: Double = 0.0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target, weight)) { sr_op_cross_entropy_loss(self.pointer, target.pointer, weight?.pointer, reduction.rawValue, ignoreIndex, labelSmoothing, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cross_entropy_loss", [self, target, weight]) }
    return try Tensor(adopting: out0, "cross_entropy_loss")
  }

  /// `nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) -> Tensor`
  public func nllLoss(target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoreIndex: Int = -100) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target, weight)) { sr_op_nll_loss(self.pointer, target.pointer, weight?.pointer, reduction.rawValue, ignoreIndex, &out0) }
    if status != SR_OK { throw TorchError.last(status, "nll_loss", [self, target, weight]) }
    return try Tensor(adopting: out0, "nll_loss")
  }

  /// `mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor`
  public func mseLoss(target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target)) { sr_op_mse_loss(self.pointer, target.pointer, reduction.rawValue, &out0) }
    if status != SR_OK { throw TorchError.last(status, "mse_loss", [self, target]) }
    return try Tensor(adopting: out0, "mse_loss")
  }

  /// `l1_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor`
  public func l1Loss(target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target)) { sr_op_l1_loss(self.pointer, target.pointer, reduction.rawValue, &out0) }
    if status != SR_OK { throw TorchError.last(status, "l1_loss", [self, target]) }
    return try Tensor(adopting: out0, "l1_loss")
  }

  /// `smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor`
  public func smoothL1Loss(target: Tensor, reduction: Reduction = .mean, beta: Double = 1.0) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, target)) { sr_op_smooth_l1_loss(self.pointer, target.pointer, reduction.rawValue, beta, &out0) }
    if status != SR_OK { throw TorchError.last(status, "smooth_l1_loss", [self, target]) }
    return try Tensor(adopting: out0, "smooth_l1_loss")
  }

  /// `margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor`
  public func marginRankingLoss(input2: Tensor, target: Tensor, margin: Double = 0.0, reduction: Reduction = .mean) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, input2, target)) { sr_op_margin_ranking_loss(self.pointer, input2.pointer, target.pointer, margin, reduction.rawValue, &out0) }
    if status != SR_OK { throw TorchError.last(status, "margin_ranking_loss", [self, input2, target]) }
    return try Tensor(adopting: out0, "margin_ranking_loss")
  }

  /// `cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor`
  public func cosineSimilarity(x2: Tensor, dim: Int = 1, eps: Double = 1e-08) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, x2)) { sr_op_cosine_similarity(self.pointer, x2.pointer, dim, eps, &out0) }
    if status != SR_OK { throw TorchError.last(status, "cosine_similarity", [self, x2]) }
    return try Tensor(adopting: out0, "cosine_similarity")
  }

  /// `normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor(a!)`
  @discardableResult
  public func normal_(mean: Double = 0.0, std: Double = 1.0, generator: Generator? = nil) throws -> Tensor {
    let status = withExtendedLifetime((self, generator)) { sr_op_normal_inplace(self.pointer, mean, std, generator?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "normal_", [self]) }
    return self
  }

  /// `uniform_(Tensor(a!) self, float from=0, float to=1, *, Generator? generator=None) -> Tensor(a!)`
  @discardableResult
  public func uniform_(from: Double = 0.0, to: Double = 1.0, generator: Generator? = nil) throws -> Tensor {
    let status = withExtendedLifetime((self, generator)) { sr_op_uniform_inplace(self.pointer, from, to, generator?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "uniform_", [self]) }
    return self
  }

  /// `bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)`
  @discardableResult
  public func bernoulli_(p: Double = 0.5, generator: Generator? = nil) throws -> Tensor {
    let status = withExtendedLifetime((self, generator)) { sr_op_bernoulli_inplace_float(self.pointer, p, generator?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "bernoulli_", [self]) }
    return self
  }

  /// `random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)`
  @discardableResult
  public func random_(from: Int, to: Int?, generator: Generator? = nil) throws -> Tensor {
    let status = withExtendedLifetime((self, generator)) { sr_op_random_inplace_from(self.pointer, from, to != nil, to ?? 0, generator?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "random_", [self]) }
    return self
  }

  /// `multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor`
  public func multinomial(numSamples: Int, replacement: Bool = false, generator: Generator? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, generator)) { sr_op_multinomial(self.pointer, numSamples, replacement, generator?.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "multinomial", [self]) }
    return try Tensor(adopting: out0, "multinomial")
  }

  /// `coalesce(Tensor(a) self) -> Tensor(a)`
  public func coalesce() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_coalesce(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "coalesce", [self]) }
    return try Tensor(adopting: out0, "coalesce")
  }

  /// `is_coalesced(Tensor self) -> bool`
  public func isCoalesced() throws -> Bool {
    var out0 = false
    let status = withExtendedLifetime(self) { sr_op_is_coalesced(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "is_coalesced", [self]) }
    return out0
  }

  /// `_indices(Tensor(a) self) -> Tensor(a)`
  public func _indices() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_internal_indices(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "_indices", [self]) }
    return try Tensor(adopting: out0, "_indices")
  }

  /// `_values(Tensor(a) self) -> Tensor(a)`
  public func _values() throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_internal_values(self.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "_values", [self]) }
    return try Tensor(adopting: out0, "_values")
  }

  /// `to_dense(Tensor self, ScalarType? dtype=None, *, bool? masked_grad=None) -> Tensor`
  public func toDense(dtype: DType? = nil, maskedGrad: Bool? = nil) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime(self) { sr_op_to_dense(self.pointer, dtype?.rawValue ?? -1, maskedGrad != nil, maskedGrad ?? false, &out0) }
    if status != SR_OK { throw TorchError.last(status, "to_dense", [self]) }
    return try Tensor(adopting: out0, "to_dense")
  }

  /// `sparse_mask(Tensor self, Tensor mask) -> Tensor`
  public func sparseMask(mask: Tensor) throws -> Tensor {
    var out0: OpaquePointer?
    let status = withExtendedLifetime((self, mask)) { sr_op_sparse_mask(self.pointer, mask.pointer, &out0) }
    if status != SR_OK { throw TorchError.last(status, "sparse_mask", [self, mask]) }
    return try Tensor(adopting: out0, "sparse_mask")
  }

  /// `_fused_adam_(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] exp_avgs, Tensor(d!)[] exp_avg_sqs, Tensor(e!)[] max_exp_avg_sqs, Tensor[] state_steps, *, float lr, float beta1, float beta2, float weight_decay, float eps, bool amsgrad, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()`
  public static func _fusedAdam_(_ tensors: [Tensor], grads: [Tensor], expAvgs: [Tensor], expAvgSqs: [Tensor], maxExpAvgSqs: [Tensor], stateSteps: [Tensor], lr: Double, beta1: Double, beta2: Double, weightDecay: Double, eps: Double, amsgrad: Bool, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let gradsPointers: [OpaquePointer?] = grads.map(\.pointer)
    let expAvgsPointers: [OpaquePointer?] = expAvgs.map(\.pointer)
    let expAvgSqsPointers: [OpaquePointer?] = expAvgSqs.map(\.pointer)
    let maxExpAvgSqsPointers: [OpaquePointer?] = maxExpAvgSqs.map(\.pointer)
    let stateStepsPointers: [OpaquePointer?] = stateSteps.map(\.pointer)
    let status = withExtendedLifetime((tensors, grads, expAvgs, expAvgSqs, maxExpAvgSqs, stateSteps, gradScale, foundInf)) { sr_op_internal_fused_adam_inplace(tensorsPointers, tensors.count, gradsPointers, grads.count, expAvgsPointers, expAvgs.count, expAvgSqsPointers, expAvgSqs.count, maxExpAvgSqsPointers, maxExpAvgSqs.count, stateStepsPointers, stateSteps.count, lr, beta1, beta2, weightDecay, eps, amsgrad, maximize, gradScale?.pointer, foundInf?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_fused_adam_", [gradScale, foundInf] + tensors + grads + expAvgs + expAvgSqs + maxExpAvgSqs + stateSteps) }
  }

  /// `_fused_adamw_(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] exp_avgs, Tensor(d!)[] exp_avg_sqs, Tensor(e!)[] max_exp_avg_sqs, Tensor[] state_steps, *, float lr, float beta1, float beta2, float weight_decay, float eps, bool amsgrad, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()`
  public static func _fusedAdamw_(_ tensors: [Tensor], grads: [Tensor], expAvgs: [Tensor], expAvgSqs: [Tensor], maxExpAvgSqs: [Tensor], stateSteps: [Tensor], lr: Double, beta1: Double, beta2: Double, weightDecay: Double, eps: Double, amsgrad: Bool, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let gradsPointers: [OpaquePointer?] = grads.map(\.pointer)
    let expAvgsPointers: [OpaquePointer?] = expAvgs.map(\.pointer)
    let expAvgSqsPointers: [OpaquePointer?] = expAvgSqs.map(\.pointer)
    let maxExpAvgSqsPointers: [OpaquePointer?] = maxExpAvgSqs.map(\.pointer)
    let stateStepsPointers: [OpaquePointer?] = stateSteps.map(\.pointer)
    let status = withExtendedLifetime((tensors, grads, expAvgs, expAvgSqs, maxExpAvgSqs, stateSteps, gradScale, foundInf)) { sr_op_internal_fused_adamw_inplace(tensorsPointers, tensors.count, gradsPointers, grads.count, expAvgsPointers, expAvgs.count, expAvgSqsPointers, expAvgSqs.count, maxExpAvgSqsPointers, maxExpAvgSqs.count, stateStepsPointers, stateSteps.count, lr, beta1, beta2, weightDecay, eps, amsgrad, maximize, gradScale?.pointer, foundInf?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_fused_adamw_", [gradScale, foundInf] + tensors + grads + expAvgs + expAvgSqs + maxExpAvgSqs + stateSteps) }
  }

  /// `_fused_sgd_(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] momentum_buffer_list, *, float weight_decay, float momentum, float lr, float dampening, bool nesterov, bool maximize, bool is_first_step, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()`
  public static func _fusedSgd_(_ tensors: [Tensor], grads: [Tensor], momentumBufferList: [Tensor], weightDecay: Double, momentum: Double, lr: Double, dampening: Double, nesterov: Bool, maximize: Bool, isFirstStep: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let gradsPointers: [OpaquePointer?] = grads.map(\.pointer)
    let momentumBufferListPointers: [OpaquePointer?] = momentumBufferList.map(\.pointer)
    let status = withExtendedLifetime((tensors, grads, momentumBufferList, gradScale, foundInf)) { sr_op_internal_fused_sgd_inplace(tensorsPointers, tensors.count, gradsPointers, grads.count, momentumBufferListPointers, momentumBufferList.count, weightDecay, momentum, lr, dampening, nesterov, maximize, isFirstStep, gradScale?.pointer, foundInf?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_fused_sgd_", [gradScale, foundInf] + tensors + grads + momentumBufferList) }
  }

  /// `_fused_adagrad_(Tensor(a!)[] self, Tensor(b!)[] grads, Tensor(c!)[] state_sums, Tensor(d!)[] state_steps, *, float lr, float lr_decay, float weight_decay, float eps, bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None) -> ()`
  public static func _fusedAdagrad_(_ tensors: [Tensor], grads: [Tensor], stateSums: [Tensor], stateSteps: [Tensor], lr: Double, lrDecay: Double, weightDecay: Double, eps: Double, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let gradsPointers: [OpaquePointer?] = grads.map(\.pointer)
    let stateSumsPointers: [OpaquePointer?] = stateSums.map(\.pointer)
    let stateStepsPointers: [OpaquePointer?] = stateSteps.map(\.pointer)
    let status = withExtendedLifetime((tensors, grads, stateSums, stateSteps, gradScale, foundInf)) { sr_op_internal_fused_adagrad_inplace(tensorsPointers, tensors.count, gradsPointers, grads.count, stateSumsPointers, stateSums.count, stateStepsPointers, stateSteps.count, lr, lrDecay, weightDecay, eps, maximize, gradScale?.pointer, foundInf?.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_fused_adagrad_", [gradScale, foundInf] + tensors + grads + stateSums + stateSteps) }
  }

  /// `_foreach_add_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()`
  public static func _foreachAdd_(_ tensors: [Tensor], scalar: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_add_inplace_Scalar(tensorsPointers, tensors.count, scalar.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_add_", tensors) }
  }

  /// `_foreach_add_.List(Tensor(a!)[] self, Tensor[] other, *, Scalar alpha=1) -> ()`
  public static func _foreachAdd_(_ tensors: [Tensor], _ other: [Tensor], alpha: any ScalarValue = 1) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let otherPointers: [OpaquePointer?] = other.map(\.pointer)
    let status = withExtendedLifetime((tensors, other)) { sr_op_internal_foreach_add_inplace_List(tensorsPointers, tensors.count, otherPointers, other.count, alpha.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_add_", tensors + other) }
  }

  /// `_foreach_add.List(Tensor[] self, Tensor[] other, *, Scalar alpha=1) -> Tensor[]`
  public static func _foreachAdd(_ tensors: [Tensor], _ other: [Tensor], alpha: any ScalarValue = 1) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let otherPointers: [OpaquePointer?] = other.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime((tensors, other)) { sr_op_internal_foreach_add_List(tensorsPointers, tensors.count, otherPointers, other.count, alpha.bridged, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_add", tensors + other) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_add")
  }

  /// `_foreach_add.Scalar(Tensor[] self, Scalar scalar) -> Tensor[]`
  public static func _foreachAdd(_ tensors: [Tensor], scalar: any ScalarValue) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_add_Scalar(tensorsPointers, tensors.count, scalar.bridged, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_add", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_add")
  }

  /// `_foreach_mul_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()`
  public static func _foreachMul_(_ tensors: [Tensor], scalar: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_mul_inplace_Scalar(tensorsPointers, tensors.count, scalar.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_mul_", tensors) }
  }

  /// `_foreach_mul_.Tensor(Tensor(a!)[] self, Tensor other) -> ()`
  public static func _foreachMul_(_ tensors: [Tensor], _ other: Tensor) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime((tensors, other)) { sr_op_internal_foreach_mul_inplace_Tensor(tensorsPointers, tensors.count, other.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_mul_", [other] + tensors) }
  }

  /// `_foreach_mul.Scalar(Tensor[] self, Scalar scalar) -> Tensor[]`
  public static func _foreachMul(_ tensors: [Tensor], scalar: any ScalarValue) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_mul_Scalar(tensorsPointers, tensors.count, scalar.bridged, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_mul", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_mul")
  }

  /// `_foreach_lerp_.Scalar(Tensor(a!)[] self, Tensor[] tensors1, Scalar weight) -> ()`
  public static func _foreachLerp_(_ tensors: [Tensor], tensors1: [Tensor], weight: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let tensors1Pointers: [OpaquePointer?] = tensors1.map(\.pointer)
    let status = withExtendedLifetime((tensors, tensors1)) { sr_op_internal_foreach_lerp_inplace_Scalar(tensorsPointers, tensors.count, tensors1Pointers, tensors1.count, weight.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_lerp_", tensors + tensors1) }
  }

  /// `_foreach_addcmul_.Scalar(Tensor(a!)[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar value=1) -> ()`
  public static func _foreachAddcmul_(_ tensors: [Tensor], tensor1: [Tensor], tensor2: [Tensor], value: any ScalarValue = 1) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let tensor1Pointers: [OpaquePointer?] = tensor1.map(\.pointer)
    let tensor2Pointers: [OpaquePointer?] = tensor2.map(\.pointer)
    let status = withExtendedLifetime((tensors, tensor1, tensor2)) { sr_op_internal_foreach_addcmul_inplace_Scalar(tensorsPointers, tensors.count, tensor1Pointers, tensor1.count, tensor2Pointers, tensor2.count, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_addcmul_", tensors + tensor1 + tensor2) }
  }

  /// `_foreach_addcmul_.ScalarList(Tensor(a!)[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar[] scalars) -> ()`
  public static func _foreachAddcmul_(_ tensors: [Tensor], tensor1: [Tensor], tensor2: [Tensor], scalars: [Double]) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let tensor1Pointers: [OpaquePointer?] = tensor1.map(\.pointer)
    let tensor2Pointers: [OpaquePointer?] = tensor2.map(\.pointer)
    let status = withExtendedLifetime((tensors, tensor1, tensor2)) { sr_op_internal_foreach_addcmul_inplace_ScalarList(tensorsPointers, tensors.count, tensor1Pointers, tensor1.count, tensor2Pointers, tensor2.count, scalars.map { $0.bridged }, scalars.count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_addcmul_", tensors + tensor1 + tensor2) }
  }

  /// `_foreach_addcdiv_.Scalar(Tensor(a!)[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar value=1) -> ()`
  public static func _foreachAddcdiv_(_ tensors: [Tensor], tensor1: [Tensor], tensor2: [Tensor], value: any ScalarValue = 1) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let tensor1Pointers: [OpaquePointer?] = tensor1.map(\.pointer)
    let tensor2Pointers: [OpaquePointer?] = tensor2.map(\.pointer)
    let status = withExtendedLifetime((tensors, tensor1, tensor2)) { sr_op_internal_foreach_addcdiv_inplace_Scalar(tensorsPointers, tensors.count, tensor1Pointers, tensor1.count, tensor2Pointers, tensor2.count, value.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_addcdiv_", tensors + tensor1 + tensor2) }
  }

  /// `_foreach_addcdiv_.ScalarList(Tensor(a!)[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar[] scalars) -> ()`
  public static func _foreachAddcdiv_(_ tensors: [Tensor], tensor1: [Tensor], tensor2: [Tensor], scalars: [Double]) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let tensor1Pointers: [OpaquePointer?] = tensor1.map(\.pointer)
    let tensor2Pointers: [OpaquePointer?] = tensor2.map(\.pointer)
    let status = withExtendedLifetime((tensors, tensor1, tensor2)) { sr_op_internal_foreach_addcdiv_inplace_ScalarList(tensorsPointers, tensors.count, tensor1Pointers, tensor1.count, tensor2Pointers, tensor2.count, scalars.map { $0.bridged }, scalars.count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_addcdiv_", tensors + tensor1 + tensor2) }
  }

  /// `_foreach_div_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()`
  public static func _foreachDiv_(_ tensors: [Tensor], scalar: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_div_inplace_Scalar(tensorsPointers, tensors.count, scalar.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_div_", tensors) }
  }

  /// `_foreach_div_.ScalarList(Tensor(a!)[] self, Scalar[] scalars) -> ()`
  public static func _foreachDiv_(_ tensors: [Tensor], scalars: [Double]) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_div_inplace_ScalarList(tensorsPointers, tensors.count, scalars.map { $0.bridged }, scalars.count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_div_", tensors) }
  }

  /// `_foreach_div.ScalarList(Tensor[] self, Scalar[] scalars) -> Tensor[]`
  public static func _foreachDiv(_ tensors: [Tensor], scalars: [Double]) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_div_ScalarList(tensorsPointers, tensors.count, scalars.map { $0.bridged }, scalars.count, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_div", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_div")
  }

  /// `_foreach_sqrt(Tensor[] self) -> Tensor[]`
  public static func _foreachSqrt(_ tensors: [Tensor]) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_sqrt(tensorsPointers, tensors.count, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_sqrt", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_sqrt")
  }

  /// `_foreach_zero_(Tensor(a!)[] self) -> ()`
  public static func _foreachZero_(_ tensors: [Tensor]) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_zero_inplace(tensorsPointers, tensors.count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_zero_", tensors) }
  }

  /// `_foreach_clamp_min_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()`
  public static func _foreachClampMin_(_ tensors: [Tensor], scalar: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_clamp_min_inplace_Scalar(tensorsPointers, tensors.count, scalar.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_clamp_min_", tensors) }
  }

  /// `_foreach_clamp_max_.Scalar(Tensor(a!)[] self, Scalar scalar) -> ()`
  public static func _foreachClampMax_(_ tensors: [Tensor], scalar: any ScalarValue) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_clamp_max_inplace_Scalar(tensorsPointers, tensors.count, scalar.bridged) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_clamp_max_", tensors) }
  }

  /// `_foreach_norm.Scalar(Tensor[] self, Scalar ord=2, ScalarType? dtype=None) -> Tensor[]`
  public static func _foreachNorm(_ tensors: [Tensor], ord: any ScalarValue = 2, dtype: DType? = nil) throws -> [Tensor] {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    var out0: UnsafeMutablePointer<OpaquePointer?>?
    var out0Count = 0
    let status = withExtendedLifetime(tensors) { sr_op_internal_foreach_norm_Scalar(tensorsPointers, tensors.count, ord.bridged, dtype?.rawValue ?? -1, &out0, &out0Count) }
    if status != SR_OK { throw TorchError.last(status, "_foreach_norm", tensors) }
    return try Tensor.adopting(list: out0, count: out0Count, "_foreach_norm")
  }

  /// `_amp_foreach_non_finite_check_and_unscale_(Tensor(a!)[] self, Tensor(b!) found_inf, Tensor inv_scale) -> ()`
  public static func _ampForeachNonFiniteCheckAndUnscale_(_ tensors: [Tensor], foundInf: Tensor, invScale: Tensor) throws {
    let tensorsPointers: [OpaquePointer?] = tensors.map(\.pointer)
    let status = withExtendedLifetime((tensors, foundInf, invScale)) { sr_op_internal_amp_foreach_non_finite_check_and_unscale_inplace(tensorsPointers, tensors.count, foundInf.pointer, invScale.pointer) }
    if status != SR_OK { throw TorchError.last(status, "_amp_foreach_non_finite_check_and_unscale_", [foundInf, invScale] + tensors) }
  }

  /// `_amp_update_scale_(Tensor(a!) self, Tensor(b!) growth_tracker, Tensor found_inf, float scale_growth_factor, float scale_backoff_factor, int growth_interval) -> Tensor(a!)`
  @discardableResult
  public func _ampUpdateScale_(growthTracker: Tensor, foundInf: Tensor, scaleGrowthFactor: Double, scaleBackoffFactor: Double, growthInterval: Int) throws -> Tensor {
    let status = withExtendedLifetime((self, growthTracker, foundInf)) { sr_op_internal_amp_update_scale_inplace(self.pointer, growthTracker.pointer, foundInf.pointer, scaleGrowthFactor, scaleBackoffFactor, growthInterval) }
    if status != SR_OK { throw TorchError.last(status, "_amp_update_scale_", [self, growthTracker, foundInf]) }
    return self
  }
}
