import Torch
import TorchNN

/// A small model with every kind of member, the twin of the one in `Tests/Reference/nn_check_state.py`.
final class Twin: Module {
  let items: Embedding
  let lstm: LSTM
  let norm: BatchNorm1d
  let head: MLP

  init(seed: UInt64, rows: Int = 11) throws {
    let generator = try Generator(seed: seed)
    let members = Members()
    items = members.add("items", try Embedding(rows, 6, generator: generator))
    lstm = members.add("lstm", try LSTM(6, 5, generator: generator))
    norm = members.add("norm", try BatchNorm1d(5))
    head = members.add("head", try MLP([5, 4, 2], generator: generator))
    super.init(members)
  }

  func callAsFunction(_ ids: Tensor) throws -> Tensor {
    try head(norm(lstm(items(ids)).last()))
  }
}
