import Torch

extension JaggedTensor: CustomStringConvertible {
  /// As TorchRec prints it; long bags and batches are cut.
  public var description: String {
    do {
      let (values, ends) = (try values.detach().cpu(), try bounds.checkedOffsets().ints())
      let text = try JaggedText.bags(values, ends, 0..<batchSize)
      guard let weights else { return "JaggedTensor({\n    \(text)\n})\n" }
      let weighting = try JaggedText.bags(weights.detach().cpu(), ends, 0..<batchSize)
      return "JaggedTensor({\n    \"values\": \(text),\n    \"weights\": \(weighting)\n})\n"
    } catch {
      return "JaggedTensor(\(values.summary): \(error))"
    }
  }
}
