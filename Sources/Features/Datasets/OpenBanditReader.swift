/// Reads the CSV files of the Open Bandit data set: `POLICY/CAMPAIGN/CAMPAIGN.csv` and `item_context.csv` beside it, plain or
/// gzip.
public enum OpenBanditReader {
  /// - Parameter folder: with the folders of the policies.
  /// - Throws: `DataError` with file and line: a missing file or column, no rounds, a propensity outside (0, 1], a click
  ///   outside 0...1, an item that `item_context.csv` lacks, a position below 1, a field that is no number.
  public static func read(
    folder: String, policy: OpenBanditLog.Policy, campaign: OpenBanditLog.Campaign
  ) throws -> OpenBanditLog {
    let place = "\(folder)/\(policy.rawValue)/\(campaign.rawValue)"
    let itemCount = try countItems(try find("\(place)/item_context.csv"))
    let path = try find("\(place)/\(campaign.rawValue).csv")
    var log = OpenBanditLog(policy: policy, campaign: campaign, itemCount: itemCount)
    var rows: OpenBanditRows?
    try TableReader(path: path, separator: ",").forEachLine { fields, line in
      if rows == nil {
        rows = try OpenBanditRows(header: fields, itemCount: itemCount, file: path, log: &log)
      } else {
        try rows?.add(fields, line: line, to: &log)
      }
    }
    guard log.count > 0 else {
      throw DataError(
        .empty, file: path, "has no rounds", remedy: "fetch the data set again, or give a log with rounds")
    }
    rows?.finish(&log)
    return log
  }

  private static func find(_ path: String) throws -> String {
    guard let file = TextFile.find(path) else {
      throw DataError(
        .missingFile, file: path, "no such file, plain or .gz",
        remedy: "put it there, or run `swiftrec datasets fetch open-bandit`")
    }
    return file
  }

  /// Items are numbered 0, 1, ... in the file that tells of them.
  private static func countItems(_ path: String) throws -> Int {
    var column: Int?
    var known = Set<Int>()
    try TableReader(path: path, separator: ",").forEachLine { fields, line in
      guard let place = column else {
        column = fields.firstIndex(of: "item_id")
        if column == nil { throw missing("item_id", fields, path) }
        return
      }
      guard place < fields.count, let item = Int(fields[place]), item >= 0 else {
        throw DataError(
          .notANumber, file: path, line: line, "item_id is no number of an item",
          received: place < fields.count ? fields[place] : fields.joined(separator: ","), remedy: "number items from 0")
      }
      guard known.insert(item).inserted else {
        throw DataError(
          .malformedLine, file: path, line: line, "item \(item) stands here a second time", received: "\(item)",
          remedy: "keep one line an item")
      }
    }
    guard let largest = known.max() else {
      throw DataError(.empty, file: path, "has no items", remedy: "give one line an item")
    }
    guard largest == known.count - 1 else {
      throw DataError(
        .outOfRange, file: path, "\(known.count) items are not numbered 0 to \(known.count - 1)",
        received: "\(largest)",
        remedy: "number items from 0 without gaps")
    }
    return known.count
  }

  static func missing(_ column: String, _ header: [String], _ file: String) -> DataError {
    DataError(
      .wrongHeader, file: file, line: 1, "has no column \(column)", received: header.joined(separator: ","),
      remedy: "give a CSV file of the Open Bandit data set with its header")
  }
}
