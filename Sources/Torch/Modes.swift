import CSwiftRec

// Grad mode and autocast are thread-local in LibTorch: these scopes are synchronous, and must never span an `await`.

/// Runs `body` without recording a graph.
public func noGrad<R>(_ body: () throws -> R) rethrows -> R {
  let before = sr_set_grad_mode(false)
  defer { _ = sr_set_grad_mode(before) }
  return try body()
}

/// Records a graph inside a `noGrad` scope again.
public func enableGrad<R>(_ body: () throws -> R) rethrows -> R {
  let before = sr_set_grad_mode(true)
  defer { _ = sr_set_grad_mode(before) }
  return try body()
}

/// Runs `body` without graph, version counters or views: the fastest mode, for serving. Its tensors can't train.
public func inferenceMode<R>(_ body: () throws -> R) throws -> R {
  var guardHandle: OpaquePointer?
  try check(sr_inference_enter(&guardHandle), "inference_mode")
  defer { sr_inference_leave(guardHandle) }
  return try body()
}

/// Runs matrix products of `body` in a shorter type and keeps sensitive operators in float32.
///
/// - Parameter dtype: `.bfloat16` on CPU and GPU, `.float16` on a GPU together with a gradient scaler.
public func autocast<R>(device: Device, dtype: DType, enabled: Bool = true, _ body: () throws -> R) throws -> R {
  var before = SRAutocastState()
  try check(sr_autocast_enter(device.type, dtype.rawValue, enabled, &before), "autocast(\(device), \(dtype))")
  defer { sr_autocast_leave(before) }
  return try body()
}
