import Foundation
import Torch

extension Pipeline {
  /// What a step found, in a line, and the files that later steps read.
  struct Found {
    var said: String
    var outputs: [String] = []
    var isSkipped = false
  }

  func work(_ step: PipelineStep) throws -> Found {
    switch step {
    case .ingest: try ingest()
    case .validate: try validate()
    case .train: try train()
    case .evaluate: try evaluate()
    case .register: try register()
    case .compare: try compare()
    case .canary: try canary()
    case .promote: try promote()
    case .notify: try notify()
    }
  }

  private func ingest() throws -> Found {
    let known = try? accepted().map { try DatasetManifest.read(datasetFile($0)) }
    let manifest = try DatasetManifest.take(configuration.data, known: known ?? nil)
    let file = datasetFile(manifest.version)
    try manifest.write(to: file)
    (state.dataset, state.rows) = (manifest.version, manifest.rows)
    let count = manifest.files.count == 1 ? "1 file" : "\(manifest.files.count) files"
    return Found(
      said: "dataset \(manifest.version): \(count), \(manifest.rows) rows, \(manifest.size) bytes", outputs: [file])
  }

  private func validate() throws -> Found {
    let manifest = try manifest()
    try manifest.requireUnchanged()
    let former = try accepted().flatMap { TableProfile.read(profileFile($0)) }
    let tables = manifest.files.filter { $0.rows != nil }.map(\.path)
    let profile = try TableScan.profile(tables, configuration.data, former: former)
    let verdict = DataVerdict.judge(profile, over: former, configuration.data, acceptsDrift: acceptsDrift)
    guard verdict.faults.isEmpty else {
      let way = verdict.drifted.isEmpty ? "" : ", or take it this once: --from validate --accept-drift"
      throw PipelineError(
        .refused, "dataset \(manifest.version)", received: "refused: " + verdict.faults.joined(separator: "; "),
        remedy: "mend the data\(way)")
    }
    let file = profileFile(manifest.version)
    try profile.write(to: file)
    try AtomicFile.write(manifest.version + "\n", to: acceptedFile)
    let worst = verdict.figures.compactMap { figure in figure.psi.map { (figure.column, $0) } }.max { $0.1 < $1.1 }
    let drift =
      worst.map { "largest PSI \(DataVerdict.short($0.1)) (\($0.0))" }
      ?? (former == nil ? "the first version, nothing to compare with" : "no drift looked at")
    let accepted = verdict.drifted.isEmpty ? "" : ", drift of \(verdict.drifted.joined(separator: ", ")) accepted"
    return Found(said: "\(profile.columns.count) columns, \(profile.rows) rows, \(drift)\(accepted)", outputs: [file])
  }

  func manifest() throws -> DatasetManifest {
    guard let version = state.dataset else {
      throw PipelineError(.missing, "dataset", received: "no version", remedy: "begin with --from ingest")
    }
    return try DatasetManifest.read(datasetFile(version))
  }

  /// The version that passed validation last.
  func accepted() throws -> String? {
    guard let text = try? String(contentsOfFile: acceptedFile, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").first.map(String.init)
  }
}
