import Torch
import TorchNN

/// A model with its loss, its optimiser and generated data: everything for a training step.
public protocol ShowcaseProgram: AnyObject {
  /// The name of the model, such as `SimpleNet`.
  static var name: String { get }
  var model: Module { get }
  var optimizer: any Optimizer { get }
  /// The rows of a batch.
  var batchSize: Int { get }
  /// The element type of the forward pass under automatic mixed precision, nil for none.
  var mixedPrecision: DType? { get }
  /// Scales the loss where `mixedPrecision` is float16; it does nothing otherwise.
  var scaler: GradScaler? { get }

  /// Draws a batch of tensors by name, on the CPU.
  func makeBatch(_ generator: Generator) throws -> [String: Tensor]

  /// The model's answer to a batch.
  func forward(_ batch: [String: Tensor]) throws -> Tensor

  /// The loss of an answer: a scalar.
  func loss(_ answer: Tensor, _ batch: [String: Tensor]) throws -> Tensor
}

extension ShowcaseProgram {
  public var mixedPrecision: DType? { nil }
  public var scaler: GradScaler? { nil }

  /// One step of training: forward, loss, backward, update.
  ///
  /// - Parameter batch: as `makeBatch` gives it, on the device of the model.
  /// - Returns: the loss before the update.
  @discardableResult
  public func step(_ batch: [String: Tensor]) throws -> Double {
    try optimizer.zeroGrad()
    let loss = try mixed { try self.loss(forward(batch), batch) }
    if let scaler {
      try scaler.scale(loss).backward()
      try scaler.step(optimizer)
      try scaler.update()
    } else {
      try loss.backward()
      try optimizer.step()
    }
    return try loss.item()
  }

  /// Runs the forward pass in the precision of the program.
  public func mixed<R>(_ body: () throws -> R) throws -> R {
    guard let mixedPrecision, let device = model.parameters().first?.device else { return try body() }
    return try autocast(device: device, dtype: mixedPrecision, body)
  }

  func tensor(_ name: String, of batch: [String: Tensor]) throws -> Tensor {
    guard let tensor = batch[name] else {
      throw ShowcaseError(
        "\(Self.name): the batch holds \(batch.keys.sorted()) and no \"\(name)\"; add it")
    }
    return tensor
  }
}
