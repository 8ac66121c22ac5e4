/// The steps of a pipeline, in their order.
public enum PipelineStep: String, Sendable, Codable, CaseIterable, Comparable {
  /// Takes the data's checksums: a dataset version.
  case ingest
  /// Columns, volume and drift against the version before; refuses what is not fit to train on.
  case validate
  case train
  /// Measures the new weights on the test part.
  case evaluate
  /// Exports a package and puts it into the registry.
  case register
  /// Compares the new version with the champion.
  case compare
  /// Gives the version to a part of the users and watches what they get.
  case canary
  /// Makes the version champion, or takes the canary back.
  case promote
  /// Tells what came of it.
  case notify

  public static func < (first: PipelineStep, second: PipelineStep) -> Bool { first.place < second.place }

  /// From 0.
  var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  var before: [PipelineStep] { Self.allCases.filter { $0 < self } }
}
