import Foundation

/// Samples with planted probabilities, for tests that need many.
struct MadeSamples {
  var probabilities: [Float] = []
  var labels: [Float] = []

  /// - Parameters:
  ///   - bias: mean of the logits.
  ///   - spread: their standard deviation.
  init(count: Int, bias: Double, spread: Double, seed: UInt64) {
    var random = TestRandom(seed: seed)
    for _ in 0..<count {
      // Twelve units make a normal number near enough.
      let normal = (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() }
      let probability = 1 / (1 + exp(-(bias + spread * normal)))
      probabilities.append(Float(probability))
      labels.append(random.unit() < probability ? 1 : 0)
    }
  }
}

/// SplitMix64.
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
