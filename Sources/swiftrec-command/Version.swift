import Environment
import Torch

enum Version {
  static let number = Release.version

  /// `swiftrec 0.1.0 (LibTorch 2.13.0)`.
  static var text: String { "swiftrec \(number) (LibTorch \(Engine.version))" }
}
