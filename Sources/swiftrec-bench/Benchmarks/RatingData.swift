import Features

/// The interactions that the speeds are measured on: MovieLens-1M as the NCF benchmark gives it, or as many random ones.
struct RatingData {
  static let userCount = 6040
  static let itemCount = 3706

  var train: Interactions
  var isReal: Bool

  var note: String? { isReal ? nil : "random interactions of the same size" }

  init(train: Interactions, isReal: Bool) {
    self.train = train
    self.isReal = isReal
  }

  init(seed: UInt64) throws {
    if let dataset = try? Datasets.load("ncf-ml-1m"), let given = dataset.given {
      train = given.train
      isReal = true
      return
    }
    var random = SplitMix(state: seed)
    let count = 994_169
    train = Interactions(
      users: (0..<count).map { _ in Int32(random.next() % UInt64(Self.userCount)) },
      items: (0..<count).map { _ in Int32(random.next() % UInt64(Self.itemCount)) })
    isReal = false
  }
}

/// SplitMix64 (Steele et al. 2014): enough to make up data from a seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
