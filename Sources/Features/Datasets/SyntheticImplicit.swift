/// Made-up implicit feedback with planted taste clusters, so that everything runs without a download.
///
/// Each user belongs to one cluster and takes, with probability `loyalty`, an item of that cluster, else any item; no item
/// twice. Within a cluster items differ in popularity by `1 / (rank + 10)^skew`. Popularity alone therefore knows little,
/// and a model that finds the clusters knows much.
public enum SyntheticImplicit {
  public struct Parameters: Sendable, Equatable, Codable {
    public var users: Int
    public var items: Int
    public var clusters: Int
    public var interactionsPerUser: Int
    /// The share of interactions inside the user's own cluster.
    public var loyalty: Double
    /// How unequal items are: 0 for equal.
    public var skew: Double
    public var seed: UInt64

    public init(
      users: Int = 2_000, items: Int = 1_000, clusters: Int = 20, interactionsPerUser: Int = 25, loyalty: Double = 0.9,
      skew: Double = 0.5, seed: UInt64 = 1
    ) {
      self.users = users
      self.items = items
      self.clusters = clusters
      self.interactionsPerUser = interactionsPerUser
      self.loyalty = loyalty
      self.skew = skew
      self.seed = seed
    }

    /// - Throws: `DataError` for sizes that can't be.
    public func check() throws {
      func demand(_ holds: Bool, _ what: String, _ received: String, _ remedy: String) throws {
        guard holds else {
          throw DataError(.invalidArgument, "synthetic:implicit: \(what)", received: received, remedy: remedy)
        }
      }
      try demand((1...10_000_000).contains(users), "users is in 1...10000000", "\(users)", "use 2000")
      try demand((2...10_000_000).contains(items), "items is in 2...10000000", "\(items)", "use 1000")
      try demand((1...items).contains(clusters), "clusters is in 1...items", "\(clusters)", "use 20")
      try demand(
        (1...items / 2).contains(interactionsPerUser), "interactionsPerUser is in 1...items / 2",
        "\(interactionsPerUser)", "use 25")
      try demand(loyalty >= 0 && loyalty <= 1, "loyalty is in 0...1", "\(loyalty)", "use 0.9")
      try demand(skew >= 0 && skew <= 4, "skew is in 0...4", "\(skew)", "use 0.5")
    }
  }

  /// Item `i` is of cluster `i % clusters`, which stands in the item field `genre`; times rise by a minute an interaction.
  ///
  /// - Throws: `DataError` for sizes that can't be.
  public static func make(_ parameters: Parameters = Parameters(), name: String = "synthetic:implicit") throws
    -> Dataset
  {
    try parameters.check()
    let clusters = parameters.clusters
    let tables = try (0..<clusters).map { cluster in
      let size = (parameters.items - cluster + clusters - 1) / clusters
      return try AliasTable(weights: (0..<size).map { Weights.weight(rank: $0, skew: parameters.skew) })
    }
    var log = Interactions()
    var taken = [Int](repeating: -1, count: parameters.items)
    for user in 0..<parameters.users {
      var random = RandomStream(seed: parameters.seed, 0x73796e, UInt64(user))
      let home = random.next(below: clusters)
      let start: Int64 = 1_500_000_000 + Int64(random.next(below: 31_536_000))
      var count = 0
      var attempts = 0
      while count < parameters.interactionsPerUser {
        attempts += 1
        // A cluster smaller than the user's appetite runs out: then any item will do.
        let isHome = attempts < 20 * parameters.interactionsPerUser && random.nextUnit() < parameters.loyalty
        let cluster = isHome ? home : random.next(below: clusters)
        let item =
          attempts < 40 * parameters.interactionsPerUser
          ? Int(tables[cluster].draw(&random)) * clusters + cluster : random.next(below: parameters.items)
        guard taken[item] != user else { continue }
        taken[item] = user
        log.users.append(Int32(user))
        log.items.append(Int32(item))
        log.timestamps.append(start + Int64(count) * 60)
        count += 1
      }
    }
    var genre = EntityTable.FieldBuilder(name: "genre", entities: parameters.items)
    for item in 0..<parameters.items { genre.add("taste \(item % clusters)", to: item) }
    return Dataset(
      name: name, users: Vocabulary(identity: parameters.users), items: Vocabulary(identity: parameters.items),
      interactions: log, itemTitles: (0..<parameters.items).map { "Item \($0) of taste \($0 % clusters)" },
      itemFields: [genre.build()])
  }
}
