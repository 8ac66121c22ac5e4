import Foundation
import Torch

/// `manifest.json` of a package: what it is, what it was made with, and every file with its size and SHA-256.
public struct PackageManifest: Sendable, Codable, Equatable {
  public static let fileName = "manifest.json"
  public static let format = "swiftrec-package"
  /// The newest layout that this program writes and reads.
  public static let layout = 1

  /// What a package answers.
  public enum Kind: String, Sendable, Codable {
    case recommender, ranker
    /// A TorchScript file with its signature.
    case torchscript
  }

  /// A file beside the manifest.
  public struct File: Sendable, Codable, Equatable {
    /// Below the package's folder.
    public var path: String
    public var size: Int
    public var sha256: String

    public init(path: String, size: Int, sha256: String) {
      self.path = path
      self.size = size
      self.sha256 = sha256
    }
  }

  public var format = PackageManifest.format
  public var layout = PackageManifest.layout
  public var name: String
  public var kind: Kind
  /// The model's name in configuration files: `mf`, `dlrm`.
  public var model: String
  /// ISO 8601 in UTC.
  public var created: String
  public var quantization: Quantization
  public var versions: PackageVersions
  /// Sorted by path.
  public var files: [File]

  public init(
    name: String, kind: Kind, model: String, created: String, quantization: Quantization, versions: PackageVersions,
    files: [File]
  ) {
    self.name = name
    self.kind = kind
    self.model = model
    self.created = created
    self.quantization = quantization
    self.versions = versions
    self.files = files
  }

  /// The manifest of a package.
  ///
  /// - Throws: `RegistryError` for one that is missing, damaged, or of a newer layout.
  public init(of folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RegistryError(
        .missing, path, received: "no package (the manifest is not there)",
        remedy: "give a folder that `swiftrec export` made")
    }
    struct Head: Decodable {
      var format: String
      var layout: Int
    }
    guard let head = try? JSONDecoder().decode(Head.self, from: data), head.format == Self.format else {
      throw RegistryError(
        .corrupted, path, received: "not the manifest of a package", remedy: "copy the package again, or export it anew"
      )
    }
    guard head.layout <= Self.layout else {
      throw RegistryError(
        .mismatch, path, received: "layout \(head.layout), this program reads up to \(Self.layout)",
        remedy: "use the release of swiftrec that wrote it, or a newer one")
    }
    do {
      self = try JSONDecoder().decode(PackageManifest.self, from: data)
    } catch {
      throw RegistryError(
        .corrupted, path, received: "a manifest that can't be read (\(error))",
        remedy: "copy the package again, or export it anew")
    }
    for file in files
    where file.path.isEmpty || file.path.hasPrefix("/") || file.path.split(separator: "/").contains("..") {
      throw RegistryError(
        .corrupted, path, received: "a file \"\(file.path)\" outside the package", remedy: "export the package anew")
    }
  }

  /// - Throws: `FileError` when it can't be written.
  public func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: "\(folder)/\(Self.fileName)")
  }
}
