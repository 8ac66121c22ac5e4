import Sparse
import Testing
import Torch

/// Random operations on a `KeyedJaggedTensor` beside the same operations on plain Swift arrays.
struct ContainerPropertyTests {
  /// A feature as a list of bags of (id, weight).
  struct Feature: Equatable {
    var key: String
    var bags: [[(id: Int, weight: Float)]]

    static func == (a: Feature, b: Feature) -> Bool {
      a.key == b.key
        && a.bags.elementsEqual(b.bags) { $0.elementsEqual($1) { $0.id == $1.id && $0.weight == $1.weight } }
    }
  }

  /// SplitMix64: a seed of one word is enough to repeat a case.
  struct Source: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  func random(_ key: String, samples: Int, _ source: inout Source) -> Feature {
    let longest = Int.random(in: 0...4, using: &source)
    return Feature(
      key: key,
      bags: (0..<samples).map { _ in
        (0..<Int.random(in: 0...longest, using: &source)).map { _ in
          (Int.random(in: 0..<1000, using: &source), Float.random(in: 0..<1, using: &source))
        }
      })
  }

  func tensor(_ model: [Feature], fromOffsets: Bool, dtype: DType) throws -> KeyedJaggedTensor {
    let bags = model.flatMap(\.bags)
    let values = try Tensor(bags.joined().map(\.id)).to(dtype: dtype)
    let weights = try Tensor(bags.joined().map(\.weight))
    let keys = model.map(\.key)
    guard fromOffsets else {
      return try KeyedJaggedTensor(keys: keys, values: values, lengths: Tensor(bags.map(\.count)), weights: weights)
    }
    var offsets = [0]
    for bag in bags { offsets.append((offsets.last ?? 0) + bag.count) }
    return try KeyedJaggedTensor(keys: keys, values: values, offsets: Tensor(offsets), weights: weights)
  }

  func model(_ keyed: KeyedJaggedTensor) throws -> [Feature] {
    try keyed.keys.map { key in
      let feature = try keyed[key]
      let weights = try #require(try feature.toDenseWeights())
      return Feature(
        key: key,
        bags: try zip(feature.toDense(), weights).map { ids, weights in
          try zip(ids.ints(), weights.floats()).map { ($0, $1) }
        })
    }
  }

  @Test(arguments: 0..<60) func randomOperations(seed: UInt64) throws {
    var source = Source(state: seed)
    let samples = Int.random(in: 0...5, using: &source)
    var features = (0..<Int.random(in: 1...5, using: &source)).map { random("f\($0)", samples: samples, &source) }
    var keyed = try tensor(
      features, fromOffsets: Bool.random(using: &source), dtype: Bool.random(using: &source) ? .int64 : .int32)
    for step in 0..<8 {
      switch Int.random(in: 0..<4, using: &source) {
      case 0:
        let order = Array(features.indices).shuffled(using: &source)
        let kept = Array(order.prefix(Int.random(in: 1...order.count, using: &source)))
        keyed = try keyed.permute(kept)
        features = kept.map { features[$0] }
      case 1:
        let cut = Int.random(in: 0...features.count, using: &source)
        let parts = try keyed.split([cut, features.count - cut])
        #expect(try model(parts[0]) == Array(features[..<cut]))
        #expect(try model(parts[1]) == Array(features[cut...]))
        keyed = try KeyedJaggedTensor.concat([parts[1], parts[0]])
        features = Array(features[cut...] + features[..<cut])
      case 2:
        let more = [random("s\(seed)-\(step)", samples: samples, &source)]
        let added = try tensor(more, fromOffsets: Bool.random(using: &source), dtype: keyed.values.dtype)
        keyed = try KeyedJaggedTensor.concat([keyed, added])
        features += more
      default:
        keyed = try KeyedJaggedTensor(keyed.toDictionary(), keys: keyed.keys)
      }
      #expect(try model(keyed) == features)
      let counts = features.map { $0.bags.reduce(0) { $0 + $1.count } }
      #expect(try keyed.lengthPerKey == counts)
      #expect(try keyed.lengths.ints() == features.flatMap { $0.bags.map(\.count) })
      #expect(keyed.stride == samples)
      try keyed.validate(rows: Dictionary(uniqueKeysWithValues: features.map { ($0.key, 1000) }))
      for (key, dense) in try keyed.toPaddedDense(padding: -1) {
        let bags = try #require(features.first { $0.key == key }).bags
        let width = bags.map(\.count).max() ?? 0
        #expect(dense.shape == [samples, width])
        #expect(
          try dense.ints() == bags.flatMap { $0.map(\.id) + [Int](repeating: -1, count: width - $0.count) })
      }
    }
  }
}
