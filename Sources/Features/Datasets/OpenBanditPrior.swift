/// The Beta distributions that the Open Bandit data set's policy `bts` began with: for each item its rewards and its rounds
/// without one, as counted before the logs.
public struct OpenBanditPrior: Sendable, Equatable {
  public var alpha: [Double]
  public var beta: [Double]

  public init(alpha: [Double], beta: [Double]) {
    self.alpha = alpha
    self.beta = beta
  }

  /// Reads `prior_bts.yaml`: for each campaign the lists `alpha` and `beta`, a number a line.
  ///
  /// - Throws: `DataError` with file and line for a missing file, a line of another form, a shape that is not above 0, a
  ///   missing campaign, and lists of different lengths.
  public static func read(folder: String, campaign: OpenBanditLog.Campaign) throws -> OpenBanditPrior {
    let path = "\(folder)/\(OpenBanditPackage.prior)"
    guard let file = TextFile.find(path) else {
      throw DataError(
        .missingFile, file: path, "no such file; the chances of the policy bts follow from it",
        remedy: "put obp's file of that name there, or run `swiftrec datasets fetch open-bandit`")
    }
    var lists: [String: [Double]] = [:]
    var section = ""
    var list: String?
    try TableReader(path: file, separator: "\n").forEachLine { fields, line in
      let text = fields[0].drop { $0 == " " }
      if text.isEmpty || text.hasPrefix("#") { return }
      if text.hasPrefix("- ") {
        guard let list, let shape = try? NumberText.double(String(text.dropFirst(2))), shape > 0 else {
          throw DataError(
            .notANumber, file: file, line: line, "is no shape above 0 in a list", received: String(text),
            remedy: "write a number behind \"- \", below alpha: or beta:")
        }
        lists["\(section).\(list)", default: []].append(shape)
      } else if text.hasSuffix(":") {
        let name = String(text.dropLast())
        if fields[0].first == " " {
          list = name
        } else {
          section = name
          list = nil
        }
      } else {
        throw DataError(
          .malformedLine, file: file, line: line, "is neither a name with a colon nor an item of a list",
          received: fields[0], remedy: "write it as obp's prior_bts.yaml")
      }
    }
    guard let alpha = lists["\(campaign.rawValue).alpha"], let beta = lists["\(campaign.rawValue).beta"] else {
      throw DataError(
        .wrongHeader, file: file, "has no alpha and beta of the campaign", received: campaign.rawValue,
        remedy: "add them, or fetch the data set again")
    }
    guard alpha.count == beta.count else {
      throw DataError(
        .wrongFieldCount, file: file, "campaign \(campaign.rawValue) has \(alpha.count) alphas",
        received: "\(beta.count)",
        remedy: "give one alpha and one beta an item")
    }
    return OpenBanditPrior(alpha: alpha, beta: beta)
  }
}
