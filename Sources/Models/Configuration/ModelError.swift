import Features

/// What went wrong while a model was made or asked, with the received value and the remedy.
public struct ModelError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// No model has this name.
    case unknownModel
    /// The configuration holds values that the model does not take; `faults` lists all of them.
    case invalidConfiguration
    /// The batch or the model lacks something that the call needs.
    case missingInput
    /// An id, or a table of side features, does not fit the space of the model.
    case outOfSpace
  }

  public var code: Code
  public var message: String
  public var faults: [ModelFault]

  public init(code: Code, message: String, faults: [ModelFault] = []) {
    self.code = code
    self.message = message
    self.faults = faults
  }

  public var description: String { message }
}

extension ModelError {
  static func noNegatives(_ model: String, _ batch: Batch) -> ModelError {
    ModelError(
      code: .missingInput,
      message: "model \"\(model)\": a pairwise loss needs negatives, the batch of \(batch.count) rows has none; load "
        + "batches of kind .pairwise(negatives: 1)")
  }
}
