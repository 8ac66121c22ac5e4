import Features
import Torch

/// The rankers that a configuration can name.
public enum RankerRegistry {
  /// Every ranker with its default hyper-parameters, simple ones first, those of several goals last.
  public static let defaults: [RankerConfiguration] = [
    .lr(.init()), .fm(.init()), .deepFM(.init()), .wideDeep(.init()), .dlrm(.init()), .dcnV2(.init()),
    .xDeepFM(.init()), .autoInt(.init()), .finalMLP(.init()), .mmoe(.init()), .ple(.init()),
  ]

  /// `lr`, `fm`, `deepfm`, `wide-deep`, `dlrm`, `dcn-v2`, `xdeepfm`, `autoint`, `finalmlp`, `mmoe`, `ple`.
  public static let names = defaults.map(\.name)

  /// Builds a ranker from its name and loose values; see ``RankerConfiguration/make(space:tables:generator:)``.
  ///
  /// - Throws: `ModelError` that lists every fault.
  public static func make(
    name: String, parameters: [String: ParameterValue] = [:], space: FeatureSpace,
    tables: RankerTables = RankerTables(), generator: Generator? = nil
  ) throws -> any Ranker {
    let (configuration, faults) = RankerConfiguration.parse(name: name, parameters: parameters)
    guard let configuration else {
      throw ModelError(
        code: faults.contains { $0.kind == .unknownModel } ? .unknownModel : .invalidConfiguration,
        message: "model \"\(name)\": " + faults.map(\.description).joined(separator: "; "), faults: faults)
    }
    return try configuration.make(space: space, tables: tables, generator: generator)
  }
}
