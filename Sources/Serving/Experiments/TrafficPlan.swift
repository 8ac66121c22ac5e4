import Foundation
import Yams

/// Who gets which model, from a file of YAML.
///
/// ```yaml
/// experiments:
///   - name: neumf-over-mf
///     salt: spring
///     traffic: 0.5
///     arms:
///       - {name: control, share: 0.5}
///       - {name: neumf, model: neumf, share: 0.5}
/// shadow: {model: dnn, share: 0.1}
/// ```
public struct TrafficPlan: Sendable, Equatable, Decodable {
  public var experiments: [Experiment]
  public var shadow: Shadow?

  private enum CodingKeys: String, CodingKey { case experiments, shadow }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    experiments = try values.decodeIfPresent([Experiment].self, forKey: .experiments) ?? []
    shadow = try values.decodeIfPresent(Shadow.self, forKey: .shadow)
  }

  /// - Throws: `ServingError` with all that makes no sense, each on its line.
  public init(file path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ServingError.invalid("\(path): no such file; give a file of YAML with experiments")
    }
    do {
      self = try YAMLDecoder().decode(TrafficPlan.self, from: data)
    } catch {
      throw ServingError.invalid("\(path): \("\(error)".prefixLine.prefix(300)); see docs/serve-a-model.md")
    }
    let faults = experiments.flatMap(\.faults)
    guard faults.isEmpty else { throw ServingError.invalid(faults.map { "\(path): \($0)" }.joined(separator: "\n")) }
  }
}
