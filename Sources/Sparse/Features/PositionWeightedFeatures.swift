import Torch
import TorchNN

/// A learnt weight for each place in a bag: TorchRec's `PositionWeightedModuleCollection`.
///
/// The `p`-th id of every bag of a feature gets that feature's weight `p`, for a weighted `EmbeddingBagCollection` to multiply its
/// row by. All weights start at one. Parameters: `position_weights.<feature>` `[maximum]`.
///
/// ```swift
/// let places = try PositionWeightedFeatures(maxFeatureLengths: ["history": 50])
/// let bags = try EmbeddingBagCollection(tables: configs, isWeighted: true)
/// let pooled = try bags(places(features))
/// ```
public final class PositionWeightedFeatures: Module {
  /// The most ids that a bag of each feature may hold.
  public let maxFeatureLengths: [String: Int]
  private let weights: [String: Tensor]

  /// - Throws: `SparseError` that lists every impossible name and maximum at once.
  public init(maxFeatureLengths: [String: Int], device: Device = .cpu) throws {
    let features = maxFeatureLengths.sorted { $0.key < $1.key }
    var faults: [String] = []
    if features.isEmpty { faults.append("position weights of no feature; name one with its longest bag") }
    for (feature, maximum) in features {
      if feature.isEmpty || feature.contains(".") {
        faults.append(
          "feature \"\(feature)\": the name is empty or holds a dot; it becomes part of a key, take a plain one")
      }
      if maximum < 1 { faults.append("feature \"\(feature)\": bags of at most \(maximum) ids; needs 1 or more") }
    }
    guard faults.isEmpty else { throw SparseError(.config, faults.joined(separator: "\n")) }

    self.maxFeatureLengths = maxFeatureLengths
    let own = Members()
    var weights: [String: Tensor] = [:]
    for (feature, maximum) in features {
      weights[feature] = try own.parameter(feature, Tensor.ones([maximum], device: device))
    }
    self.weights = weights
    let members = Members()
    members.add("position_weights", Module(own))
    super.init(members)
  }

  /// The weights of a feature's places, `[maximum]`.
  public func weight(of feature: String) -> Tensor? { weights[feature] }

  /// The same features, weighted by place.
  ///
  /// - Parameter features: weights that they have are replaced; features without a maximum get ones.
  /// - Returns: weights `[N]` float32, through which gradients flow to the parameters.
  /// - Throws: `SparseError` for a feature that is missing, and with feature and position for the first id behind the
  ///   maximum of its bag.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> KeyedJaggedTensor {
    for feature in maxFeatureLengths.keys.sorted() where features.indexPerKey[feature] == nil {
      throw SparseError.missing(feature, among: features.keys)
    }
    let places = try places(of: features)
    let begins = try features.offsetPerKey
    let parts = try features.keys.enumerated().map { position, key in
      let count = begins[position + 1] - begins[position]
      guard let weight = weights[key] else { return try Tensor.ones([count], device: features.device) }
      let own = try places.narrow(dim: 0, start: begins[position], length: count)
      return try weight.indexSelect(dim: 0, index: own.to(device: weight.device)).to(device: features.device)
    }
    return KeyedJaggedTensor(
      values: features.values, weights: try Tensor.joining(parts), inverseIndices: features.inverseIndices,
      bounds: features.bounds)
  }

  /// The place of each id in its bag, from 0: `[N]` int64 on the CPU.
  private func places(of features: KeyedJaggedTensor) throws -> Tensor {
    let offsets = try features.checkedHostOffsets
    let places = try Tensor.empty([features.values.shape[0]], dtype: .int64)
    try offsets.withUnsafeData { source in
      try places.withUnsafeMutableData { target in
        let offsets = source.assumingMemoryBound(to: Int64.self)
        let places = target.assumingMemoryBound(to: Int64.self)
        for (position, key) in features.keys.enumerated() {
          let first = features.lengthsOffsetPerKey[position]
          let maximum = maxFeatureLengths[key] ?? .max
          for bag in 0..<features.stridePerKey[position] {
            let (begin, end) = (Int(offsets[first + bag]), Int(offsets[first + bag + 1]))
            guard end - begin <= maximum else {
              throw tooLong(
                key, sample: bag, length: end - begin, position: begin - Int(offsets[first]) + maximum)
            }
            for place in begin..<end { places[place] = Int64(place - begin) }
          }
        }
      }
    }
    return places
  }

  private func tooLong(_ feature: String, sample: Int, length: Int, position: Int) -> SparseError {
    let maximum = maxFeatureLengths[feature] ?? 0
    return SparseError(
      .malformed, feature: feature, position: position, value: "\(length)",
      SparseError.place(feature)
        + "sample \(sample) has \(length) ids and there are weights for \(maximum), so that the id at position \(position) has "
        + "none; cut longer bags, or raise the feature's maximum")
  }
}
