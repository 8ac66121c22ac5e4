extension Datasets {
  /// The folder of the Open Bandit data set: the given one, else the first in `locations` that has it.
  ///
  /// - Throws: `DataError` when it is nowhere, with the places that were searched and how to get it.
  public static func openBanditFolder(
    path: String? = nil, locations: DatasetLocations = DatasetLocations()
  ) throws -> String {
    try locate(.openBandit, path, locations)
  }
}
