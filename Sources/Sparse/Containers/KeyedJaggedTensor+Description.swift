import Torch

extension KeyedJaggedTensor: CustomStringConvertible {
  /// As TorchRec prints it; long bags and batches are cut.
  public var description: String {
    guard !keys.isEmpty else { return "KeyedJaggedTensor()\n" }
    do {
      let (values, ends) = (try values.detach().cpu(), try bounds.checkedOffsets().ints())
      let weights = try weights?.detach().cpu()
      let features = try keys.indices.map { key in
        let bags = layout.firstBag[key]..<layout.firstBag[key + 1]
        let text = try JaggedText.bags(values, ends, bags)
        guard let weights else { return "    \"\(keys[key])\": \(text)" }
        return "    \"\(keys[key])\": {\n        \"values\": \(text),\n        \"weights\": "
          + "\(try JaggedText.bags(weights, ends, bags))\n    }"
      }
      return "KeyedJaggedTensor({\n\(features.joined(separator: ",\n"))\n})\n"
    } catch {
      return "KeyedJaggedTensor(\(keys), \(values.summary): \(error))"
    }
  }
}
