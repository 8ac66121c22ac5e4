import Features
import Foundation
import Torch
import Training

/// A model as one folder that holds all it needs to answer, and says where it comes from.
///
/// ```
/// manifest.json          what it is, versions, every file with its size and SHA-256
/// signature.json         names, types and shapes of what goes in and comes out
/// config.yaml            the run's configuration
/// weights.safetensors    the weights, mapped into memory when the package is opened
/// index.safetensors      of a recommender with many items: the byte vectors of its exact index
/// catalogue/ | pipeline/ vocabularies, titles and histories of a recommender, the fitted feature pipeline of a ranker
/// metrics.json           what the run measured
/// provenance.json        configuration, seed, data with checksums, git commit, versions
/// MLmodel                so that MLflow lists it
/// ```
public struct ModelPackage: Sendable {
  public let path: String
  public let manifest: PackageManifest
  /// Lines that should be read before it answers: other versions than here.
  public let notes: [String]

  /// Opens the folder and checks the manifest, and that each file is there with its size. Nothing is read besides.
  ///
  /// - Parameter requiresVersions: whether other versions than here are refused, not only noted.
  /// - Throws: `RegistryError` naming the file that is missing or of another size, and the version that differs.
  public init(_ path: String, requiresVersions: Bool = false) throws {
    self.path = path
    manifest = try PackageManifest(of: path)
    for file in manifest.files {
      var facts = stat()
      guard stat("\(path)/\(file.path)", &facts) == 0 else {
        throw Self.damaged(path, file.path, "the file is not there", code: .missing)
      }
      guard Int(facts.st_size) == file.size else {
        throw Self.damaged(path, file.path, "\(facts.st_size) bytes, the manifest says \(file.size)")
      }
    }
    let differences = manifest.versions.differences()
    notes = differences.isEmpty ? [] : ["\(path) was \(differences.joined(separator: "; "))"]
    guard !requiresVersions || differences.isEmpty else {
      throw RegistryError(
        .mismatch, path, received: differences.joined(separator: "; "),
        remedy: "run it where the versions agree, or export the model again here")
    }
  }

  /// Reads every file and compares its SHA-256: a server does it in the background.
  ///
  /// - Parameter shouldStop: asked between pieces; true ends it by throwing `CancellationError`.
  /// - Throws: `RegistryError` naming the first file that was changed.
  public func verify(shouldStop: () -> Bool = { false }) throws {
    for file in manifest.files {
      if shouldStop() { throw CancellationError() }
      let found = try Checksum.sha256(ofFile: "\(path)/\(file.path)", shouldStop: shouldStop)
      guard found == file.sha256 else {
        throw Self.damaged(path, file.path, "its SHA-256 is \(found), the manifest says \(file.sha256)")
      }
    }
  }

  /// What the run measured: by name, on its test part or else on its validation part; see `metrics.json`.
  public func metrics() throws -> PackageMetrics { try PackageMetrics(reading: "\(path)/\(PackageMetrics.fileName)") }

  /// SHA-256 of the manifest, which names all other files by theirs: two packages with one digest are the same.
  public func digest() throws -> String { try Checksum.sha256(ofFile: "\(path)/\(PackageManifest.fileName)") }

  static func damaged(
    _ path: String, _ file: String, _ received: String, code: RegistryError.Code = .corrupted
  ) -> RegistryError {
    RegistryError(code, "\(path)/\(file)", received: received, remedy: "copy the package again, or export it anew")
  }
}
