extension ConfigurationReader {
  /// The maps of a list, each with its place in it: `embeddings.tables[0]`. None, and a fault, without such a list.
  package func sections(_ key: String, expected: String, remedy: String) -> [ConfigurationReader] {
    let found = node(key)
    guard case .list(let items)? = found?.content, !items.isEmpty else {
      if !isFaulty { report(found, key: key, expected: expected, remedy: remedy) }
      return []
    }
    return items.enumerated().map { index, item in
      ConfigurationReader(item, path: "\(qualified(key))[\(index)]", place: item.place, faults: faults)
    }
  }

  /// A whole number that must be there; nil, and a fault, otherwise.
  package func requiredInteger(_ key: String, in range: ClosedRange<Int>, remedy: String) -> Int? {
    let found = node(key)
    guard let value = found?.integer, range.contains(value) else {
      if !isFaulty {
        report(
          found, key: key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", remedy: remedy)
      }
      return nil
    }
    return value
  }

  /// Reports text that stands in the file and cannot be taken.
  package func report(_ key: String, received: String, expected: String, remedy: String) {
    faults.list.append(
      ConfigurationFault(
        place: place(of: key), key: qualified(key), received: received, expected: expected, remedy: remedy))
  }

  /// A list of numbers, `[0.5, 2]`; nil when absent or faulty.
  package func numbers(_ key: String) -> [Double]? {
    guard let node = node(key) else { return nil }
    guard case .list(let items) = node.content, items.allSatisfy({ $0.number?.isFinite == true }) else {
      report(node, key: key, expected: "a list of numbers", remedy: "write `\(key): [1, 2.5]`")
      return nil
    }
    return items.compactMap(\.number)
  }

  /// `one` or `[one, two]`; nil when absent or faulty.
  package func texts(_ key: String) -> [String]? {
    guard let found = node(key) else { return nil }
    if let text = found.text, !text.isEmpty { return [text] }
    return words(key)
  }
}
