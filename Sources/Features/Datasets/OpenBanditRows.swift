/// Takes the lines of one log.
struct OpenBanditRows {
  private let file: String
  private let columnCount: Int
  private let item: Int
  private let position: Int
  private let click: Int
  private let propensity: Int
  private let features: [Int]
  private let affinities: [Int]
  private let itemCount: Int
  /// Of each user feature, the numbers of the values so far.
  private var codes: [[String: Int32]]

  init(header: [String], itemCount: Int, file: String, log: inout OpenBanditLog) throws {
    func column(_ name: String) throws -> Int {
      guard let place = header.firstIndex(of: name) else { throw OpenBanditReader.missing(name, header, file) }
      return place
    }
    self.file = file
    self.itemCount = itemCount
    columnCount = header.count
    item = try column("item_id")
    position = try column("position")
    click = try column("click")
    propensity = try column("propensity_score")
    features = header.indices.filter { header[$0].hasPrefix("user_feature_") }
    codes = features.map { _ in [:] }
    log.userFeatureNames = features.map { header[$0] }
    // In the order of the items, whatever that of the columns; all of them or none.
    affinities =
      header.contains { $0.hasPrefix("user-item_affinity_") }
      ? try (0..<itemCount).map { try column("user-item_affinity_\($0)") } : []
  }

  mutating func add(_ fields: [String], line: Int, to log: inout OpenBanditLog) throws {
    guard fields.count == columnCount else {
      throw DataError(
        .wrongFieldCount, file: file, line: line, "has \(fields.count) fields where the header has \(columnCount)",
        received: fields.prefix(6).joined(separator: ","), remedy: "complete the line, or fetch the data set again")
    }
    let itemID = try number(fields[item], "item_id", line)
    try demand(
      itemID >= 0 && itemID < Double(itemCount) && itemID == itemID.rounded(), fields[item], line,
      "item_id is outside 0..<\(itemCount), the items of item_context.csv", "log items of that file")
    let place = try number(fields[position], "position", line)
    try demand(
      place >= 1 && place <= 1_000 && place == place.rounded(), fields[position], line,
      "position is no whole number from 1 to 1000", "number positions from 1")
    let reward = try number(fields[click], "click", line)
    try demand(reward >= 0 && reward <= 1, fields[click], line, "click is outside 0...1", "scale rewards to 0...1")
    let chance = try number(fields[propensity], "propensity_score", line)
    try demand(
      chance > 0 && chance <= 1, fields[propensity], line, "propensity_score is not above 0 and up to 1",
      "log the chance that the policy gave the item; what was shown had one")
    // Only whole rounds are kept: everything is read before anything is added.
    let affinity = try affinities.enumerated().map { item, column in
      try fields[column] == "0.0" ? 0 : self.affinity(fields[column], item, line)
    }
    log.items.append(Int32(itemID))
    log.positions.append(Int32(place) - 1)
    log.clicks.append(reward)
    log.propensities.append(chance)
    log.affinities += affinity
    for (feature, column) in features.enumerated() {
      let next = Int32(truncatingIfNeeded: codes[feature].count)
      if let known = codes[feature][fields[column]] {
        log.userFeatures.append(known)
      } else {
        codes[feature][fields[column]] = next
        log.userFeatures.append(next)
      }
    }
    log.positionCount = max(log.positionCount, Int(place))
  }

  func finish(_ log: inout OpenBanditLog) {
    log.userFeatureSizes = codes.map(\.count)
  }

  private func number(_ text: String, _ column: String, _ line: Int) throws -> Double {
    do throws(NumberText.Fault) {
      return try NumberText.double(text)
    } catch {
      throw DataError(
        error == .notANumber ? .notANumber : .notFinite, file: file, line: line, "\(column) is no finite number",
        received: text, remedy: "write a number there")
    }
  }

  private func affinity(_ text: String, _ item: Int, _ line: Int) throws -> Float {
    let value = Float(try number(text, "user-item_affinity_\(item)", line))
    try demand(value.isFinite, text, line, "user-item_affinity_\(item) is too large", "scale it down")
    return value
  }

  private func demand(_ holds: Bool, _ text: String, _ line: Int, _ problem: String, _ remedy: String) throws {
    guard holds else {
      throw DataError(.outOfRange, file: file, line: line, problem, received: text, remedy: remedy)
    }
  }
}
