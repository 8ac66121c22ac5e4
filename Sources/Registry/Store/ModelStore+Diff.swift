import Foundation

/// What differs between two versions of a model.
public struct VersionDifference: Sendable, Equatable {
  /// A line of the difference: what, in the first, in the second; nil where one lacks it.
  public struct Line: Sendable, Equatable {
    public var what: String
    public var first: String?
    public var second: String?
  }

  public var metrics: [Line]
  /// Lines of `config.yaml` that one alone has.
  public var configuration: [Line]
  /// Versions of PyTorch and SwiftRec, the quantisation, the commit, the data.
  public var provenance: [Line]
  /// Files whose content differs, with their sizes.
  public var files: [Line]

  public var isEmpty: Bool { metrics.isEmpty && configuration.isEmpty && provenance.isEmpty && files.isEmpty }
}

extension ModelStore {
  /// Compares two versions: `diff("films@champion", "films@7")`.
  public func diff(_ first: String, _ second: String) throws -> VersionDifference {
    let (one, two) = (try resolve(first), try resolve(second))
    let packages = (try package(one), try package(two))
    func lines(_ first: [String: String], _ second: [String: String]) -> [VersionDifference.Line] {
      Set(first.keys).union(second.keys).sorted().filter { first[$0] != second[$0] }
        .map { VersionDifference.Line(what: $0, first: first[$0], second: second[$0]) }
    }
    func metrics(_ version: RegisteredVersion) -> [String: String] {
      var found = version.metrics.test.mapValues { "\($0)" }
      for (name, value) in version.metrics.validation { found["validation/\(name)"] = "\(value)" }
      return found
    }
    func facts(_ package: ModelPackage) -> [String: String] {
      let manifest = package.manifest
      var found = [
        "model": manifest.model, "quantization": manifest.quantization.rawValue, "swiftrec": manifest.versions.swiftrec,
        "torch": manifest.versions.torch, "native": manifest.versions.native,
      ]
      guard let data = FileManager.default.contents(atPath: "\(package.path)/\(Provenance.fileName)"),
        let provenance = try? JSONDecoder().decode(Provenance.self, from: data)
      else { return found }
      found["seed"] = "\(provenance.seed)"
      found["data"] = provenance.data.name
      found["git"] = provenance.git
      for file in provenance.data.files { found["data/\(file.path)"] = file.sha256 ?? "\(file.size) bytes" }
      return found
    }
    func files(_ package: ModelPackage) -> [String: String] {
      Dictionary(
        package.manifest.files.map { ($0.path, "\($0.size) bytes, \($0.sha256.prefix(12))") },
        uniquingKeysWith: { first, _ in first })
    }
    return VersionDifference(
      metrics: lines(metrics(one), metrics(two)), configuration: configuration(packages.0, packages.1),
      provenance: lines(facts(packages.0), facts(packages.1)), files: lines(files(packages.0), files(packages.1)))
  }

  private func configuration(_ first: ModelPackage, _ second: ModelPackage) -> [VersionDifference.Line] {
    func lines(_ package: ModelPackage) -> [String] {
      let text = (try? String(contentsOfFile: "\(package.path)/config.yaml", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let (one, two) = (lines(first), lines(second))
    func key(_ line: String) -> String { line.split(separator: ":").first.map(String.init) ?? line }
    let gone = one.filter { !two.contains($0) }
    let come = two.filter { !one.contains($0) }
    return gone.map { line in
      VersionDifference.Line(what: key(line), first: line, second: come.first { key($0) == key(line) })
    }
      + come.filter { line in !gone.contains { key($0) == key(line) } }
      .map { VersionDifference.Line(what: key($0), first: nil, second: $0) }
  }
}
