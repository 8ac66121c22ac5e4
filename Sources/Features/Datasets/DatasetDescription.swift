import Foundation

/// What a dataset is, in numbers.
public struct DatasetDescription: Sendable, Equatable, Codable, CustomStringConvertible {
  public var name: String
  public var users: Int
  public var items: Int
  public var interactions: Int
  /// The filled share of the user-item matrix.
  public var density: Double
  /// Fewest, median and most interactions of a user.
  public var perUser: [Int]
  /// The same of an item.
  public var perItem: [Int]
  /// First and last interaction, ISO 8601 in UTC.
  public var firstTime: String?
  public var lastTime: String?
  /// Days between them.
  public var days: Double?
  /// Rows of the split that came with the data.
  public var givenTrain: Int?
  public var givenTest: Int?
  public var candidatesPerTest: Int?
  public var columns: [ColumnProfile]
  /// Columns of the files that are not read.
  public var skippedColumns: [String]
  /// SHA-256 of each file's content (uncompressed).
  public var sha256: [String: String]

  public init(_ dataset: Dataset) {
    let log = dataset.interactions
    name = dataset.name
    users = dataset.userCount
    items = dataset.itemCount
    interactions = log.count
    density = dataset.density
    perUser = DatasetDescription.spread(log.userCounts(userCount: dataset.userCount))
    perItem = DatasetDescription.spread(log.itemCounts(itemCount: dataset.itemCount))
    columns = [
      .ids("user", log.users, dataset.users), .ids("item", log.items, dataset.items),
    ]
    if log.hasRatings { columns.append(.numbers("rating", kind: "number", log.ratings.map(Double.init), missing: 0)) }
    if let first = log.timestamps.min(), let last = log.timestamps.max() {
      columns.append(.numbers("timestamp", kind: "time", log.timestamps.map(Double.init), missing: 0))
      firstTime = DatasetDescription.iso(first)
      lastTime = DatasetDescription.iso(last)
      days = (Double(last) - Double(first)) / 86_400
    }
    columns += dataset.userFields.map { .field($0, owner: "user") }
    columns += dataset.itemFields.map { .field($0, owner: "item") }
    givenTrain = dataset.given?.train.count
    givenTest = dataset.given?.test.count
    candidatesPerTest = dataset.given?.candidates?.width
    skippedColumns = dataset.skippedColumns
    sha256 = dataset.checksums
  }

  private static func spread(_ counts: [Int]) -> [Int] {
    let sorted = counts.sorted()
    guard let first = sorted.first, let last = sorted.last else { return [] }
    return [first, sorted[sorted.count / 2], last]
  }

  private static func iso(_ seconds: Int64) -> String {
    // The years that a formatter writes with four digits.
    guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return "\(seconds) s" }
    return ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(seconds)))
  }

  /// Lines for people.
  public var description: String {
    func line(_ label: String, _ value: String) -> String {
      label.padding(toLength: 16, withPad: " ", startingAt: 0) + value
    }
    var lines = [
      line("dataset", name), line("users", "\(users)"), line("items", "\(items)"),
      line("interactions", "\(interactions)"),
      line("density", String(format: "%.4f %%", density * 100)),
      line("a user has", perUser.isEmpty ? "-" : "\(perUser[0]) to \(perUser[2]) interactions, median \(perUser[1])"),
      line("an item has", perItem.isEmpty ? "-" : "\(perItem[0]) to \(perItem[2]) interactions, median \(perItem[1])"),
    ]
    if let firstTime, let lastTime, let days {
      lines.append(line("time", "\(firstTime) to \(lastTime), \(String(format: "%.1f", days)) days"))
    }
    if let givenTrain, let givenTest {
      let lists = candidatesPerTest.map { ", \($0) candidates each" } ?? ""
      lines.append(line("given split", "\(givenTrain) training, \(givenTest) test\(lists)"))
    }
    lines.append("")
    lines.append(ColumnProfile.table(columns))
    if !skippedColumns.isEmpty { lines += ["", line("not read", skippedColumns.joined(separator: ", "))] }
    if !sha256.isEmpty {
      lines += ["", "sha256 of the content"]
      lines += sha256.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)" }
    }
    return lines.joined(separator: "\n")
  }
}

extension Datasets {
  /// Reads a dataset and describes it.
  ///
  /// - Throws: as `load` does.
  public static func describe(
    _ name: String, options: DatasetOptions = DatasetOptions(), locations: DatasetLocations = DatasetLocations()
  ) throws -> DatasetDescription {
    DatasetDescription(try load(name, options: options, locations: locations))
  }
}
