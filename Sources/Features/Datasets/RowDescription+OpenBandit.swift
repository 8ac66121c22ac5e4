extension RowDescription {
  /// Describes every Open Bandit log of a folder: their columns together, affinities to any item as one column, and what is told of the
  /// items as `item.NAME`.
  ///
  /// - Throws: `DataError` for a folder without a log, and for files with faults.
  public init(openBandit folder: String) throws {
    var (logs, items): ([String], [String]) = ([], [])
    for policy in OpenBanditLog.Policy.allCases {
      for campaign in OpenBanditLog.Campaign.allCases {
        let place = "\(folder)/\(policy.rawValue)/\(campaign.rawValue)"
        logs += TextFile.find("\(place)/\(campaign.rawValue).csv").map { [$0] } ?? []
        items += TextFile.find("\(place)/item_context.csv").map { [$0] } ?? []
      }
    }
    guard !logs.isEmpty else {
      throw Datasets.missing(.openBandit, DatasetLocations(searchFolders: [folder], cache: ""))
    }
    self.init(name: DatasetSource.openBandit.name, files: logs)
    var profiles = RowProfiles()
    for path in logs {
      let read = try profiles.add(path, columns: Self.columns(path)) { name in
        name.hasPrefix("user-item_affinity_") ? "user-item_affinity_*" : name
      }
      rows += read.rows
      faultyRows += read.faulty
    }
    for path in items {
      _ = try profiles.add(path, columns: Self.columns(path).filter { $0.name != "item_id" }) { "item.\($0)" }
    }
    columns = profiles.columns
  }

  /// What the columns of a file are, by their names; the first, which numbers the lines, has none.
  private static func columns(_ path: String) throws -> [FeatureColumn] {
    try TableSchema.header(TextFile.firstLine(of: path), path: path, separator: ",").filter { !$0.isEmpty }.map {
      name in
      let isNumber =
        ["click", "propensity_score", "item_feature_0"].contains(name) || name.hasPrefix("user-item_affinity_")
      return FeatureColumn(name, isNumber ? .dense() : .categorical(.hash(size: 1)))
    }
  }
}
