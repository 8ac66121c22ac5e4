import Registry
import Training

/// What a pipeline file defines.
public struct PipelineConfiguration: Sendable, Equatable {
  /// The model's name in the registry.
  public var model: String
  public var registry: String
  /// Where runs, dataset versions and the state lie.
  public var folder: String
  public var data: DataSettings
  /// The configuration file that is trained, and its overrides.
  public var training: TrainingSettings
  public var gate: PromotionGate
  /// Without one, what is better becomes champion at once.
  public var canary: CanarySettings?
  public var webhooks: [Webhook]

  /// Reads a pipeline file, and the training configuration that it names.
  ///
  /// - Throws: `ConfigurationError` with every fault of both at once.
  public static func load(_ path: String) throws -> PipelineConfiguration {
    try PipelineConfiguration(ConfigurationSource(path: path))
  }

  /// - Parameter name: what faults call the text.
  public init(yaml: String, name: String) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name))
  }
}

/// `train:`: what is trained.
public struct TrainingSettings: Sendable, Equatable {
  public var configuration: String
  /// As `swiftrec train --set` takes them.
  public var overrides: [String]

  public init(_ configuration: String, overrides: [String] = []) {
    self.configuration = configuration
    self.overrides = overrides
  }
}
