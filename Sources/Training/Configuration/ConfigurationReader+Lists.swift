extension ConfigurationReader {
  /// The maps of a list, each with its place in it: `embeddings.tables[0]`. None, and a fault, without such a list.
  func sections(_ key: String, expected: String, remedy: String) -> [ConfigurationReader] {
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
  func requiredInteger(_ key: String, in range: ClosedRange<Int>, remedy: String) -> Int? {
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
  func report(_ key: String, received: String, expected: String, remedy: String) {
    faults.list.append(
      ConfigurationFault(
        place: place(of: key), key: qualified(key), received: received, expected: expected, remedy: remedy))
  }
}
