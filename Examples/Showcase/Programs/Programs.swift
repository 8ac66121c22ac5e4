/// The programs by name.
public enum Programs {
  public static let names = [
    SimpleNetProgram.name, DNNRecommenderProgram.name, SeqRecommenderProgram.name, TwoTowerModelProgram.name,
  ]

  /// Builds a program.
  ///
  /// - Throws: `ShowcaseError` for a name that is none of `names`.
  public static func make(_ name: String, _ options: ShowcaseOptions = .init()) throws -> any ShowcaseProgram {
    switch name {
    case SimpleNetProgram.name: return try SimpleNetProgram(options)
    case DNNRecommenderProgram.name: return try DNNRecommenderProgram(options)
    case SeqRecommenderProgram.name: return try SeqRecommenderProgram(options)
    case TwoTowerModelProgram.name: return try TwoTowerModelProgram(options)
    default:
      throw ShowcaseError(
        "unknown program \"\(name)\"; use one of \(names.joined(separator: ", ")), or all")
    }
  }
}
