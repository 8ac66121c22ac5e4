/// Which bags belong to which key: bags stand key-major, `stridePerKey[f]` of them for key `f`.
final class KeyLayout: Sendable {
  let keys: [String]
  /// Where a key stands in `keys`.
  let index: [String: Int]
  let stridePerKey: [Int]
  /// The first bag of each key, and the number of bags at the end.
  let firstBag: [Int]
  /// The batch size `B`.
  let stride: Int
  let hasVariableStride: Bool

  /// - Throws: `SparseError` for a key given twice.
  init(keys: [String], stridePerKey: [Int], stride: Int, hasVariableStride: Bool) throws {
    var index: [String: Int] = [:]
    index.reserveCapacity(keys.count)
    for (position, key) in keys.enumerated() where index.updateValue(position, forKey: key) != nil {
      throw SparseError.duplicate(key, "give each feature a name of its own, or join its values into one feature")
    }
    self.keys = keys
    self.index = index
    self.stridePerKey = stridePerKey
    firstBag = KeyLayout.sums(stridePerKey)
    self.stride = stride
    self.hasVariableStride = hasVariableStride
  }

  /// The bags of one feature, or of nobody in particular.
  init(feature: String?, bags: Int) {
    keys = feature.map { [$0] } ?? []
    index = feature.map { [$0: 0] } ?? [:]
    stridePerKey = feature == nil ? [] : [bags]
    firstBag = feature == nil ? [bags] : [0, bags]
    stride = bags
    hasVariableStride = false
  }

  var bags: Int { firstBag.last ?? 0 }

  /// The feature of a bag and its sample there; no feature where the bags have no key.
  func place(ofBag bag: Int) -> (feature: String?, sample: Int) {
    for (key, first) in zip(keys.indices, firstBag) where bag < first + stridePerKey[key] {
      return (keys[key], bag - first)
    }
    return (nil, bag)
  }

  func position(of key: String) throws -> Int {
    guard let position = index[key] else { throw SparseError.missing(key, among: keys) }
    return position
  }

  /// `0, a, a + b, ...`.
  static func sums(_ counts: [Int]) -> [Int] {
    var sums = [0]
    sums.reserveCapacity(counts.count + 1)
    var sum = 0
    for count in counts {
      sum += count
      sums.append(sum)
    }
    return sums
  }
}
