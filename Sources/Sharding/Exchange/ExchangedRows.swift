import Torch
import TorchDistributed

/// Rows to other ranks and theirs to this one; gradients take the same way back.
struct ExchangedRows: CustomFunction {
  let sent: [Int]
  let received: [Int]
  let group: ProcessGroup

  /// - Parameters:
  ///   - rows: `[sum of sent, ...]`.
  ///   - sent: rows for each rank.
  ///   - received: rows from each rank.
  static func exchange(_ rows: Tensor, sent: [Int], received: [Int], in group: ProcessGroup) throws -> Tensor {
    try ExchangedRows(sent: sent, received: received, group: group).apply([rows])[0]
  }

  func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    [try group.allToAll(inputs[0], inputSplits: sent, outputSplits: received)]
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    [try gradients[0].map { try group.allToAll($0, inputSplits: received, outputSplits: sent) }]
  }
}
