/// One line of the list of datasets.
public struct DatasetListing: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable {
    /// It can be loaded now.
    case present
    /// `fetch` gets it.
    case fetchable
    /// Its files must be put in place by hand.
    case byHand = "by hand"
    /// It needs a path.
    case needsPath = "needs a path"
  }

  public var name: String
  public var summary: String
  public var state: State
  /// The folder where it is.
  public var folder: String?
}

extension Datasets {
  /// All datasets and whether they are there.
  public static func list(_ locations: DatasetLocations = DatasetLocations()) -> [DatasetListing] {
    var lines = DatasetSource.all.map { source in
      let folder = locations.find(source.name, where: source.isIn)
      return DatasetListing(
        name: source.name, summary: source.summary,
        state: folder != nil ? .present : source.isFetchable ? .fetchable : .byHand, folder: folder)
    }
    lines.append(
      DatasetListing(
        name: "synthetic:implicit", summary: "made-up implicit feedback with planted taste clusters", state: .present))
    lines.append(DatasetListing(name: "csv", summary: "a CSV or TSV file with a typed schema", state: .needsPath))
    lines.append(DatasetListing(name: "recbole", summary: "a folder of RecBole's atomic files", state: .needsPath))
    return lines
  }
}
