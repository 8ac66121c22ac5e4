import Features
import Foundation
import Synchronization
import Torch

/// A run's checkpoints in an object store, beside those on disk.
///
/// One process publishes them: where another has since this one began, as a host does that was taken for dead, this one is told and puts
/// nothing in its place (in a folder, `file:///folder`, nobody looks).
///
/// ```
/// latest.json                                  which checkpoints are there: written when all of them are
/// run/config.yaml, run/pipeline/...            what else a run needs that goes on elsewhere
/// checkpoints/step-500.safetensors
/// checkpoints/last-500-1f3a/rank-0.safetensors
/// ```
struct CheckpointMirror: Sendable {
  /// A checkpoint there.
  struct Entry: Codable, Equatable {
    var step: Int
    var file: String
    /// Of its shards.
    var folder: String?
    /// The file that it builds on.
    var base: String?

    var names: [String] { [file] + [base].compactMap { $0 } }
  }

  struct Latest: Codable, Equatable {
    /// The newest first.
    var checkpoints: [Entry] = []
    var best: Entry?
  }

  private static let pointer = "latest.json"

  let store: ObjectStore
  private let known = Known()

  /// What this process has put, or found at its first put.
  private final class Known: Sendable {
    private let changes = Mutex<Set<String>>([])

    func insert(_ change: String) { changes.withLock { _ = $0.insert(change) } }

    /// Whether it is known, or the first.
    func accepts(_ change: String) -> Bool {
      changes.withLock { changes in
        if changes.isEmpty { changes.insert(change) }
        return changes.contains(change)
      }
    }
  }

  init(_ address: String) throws {
    store = try ObjectStore(address)
  }

  /// - Returns: nil where nothing was saved yet.
  func latest() throws -> Latest? {
    guard try store.has(Self.pointer) else { return nil }
    let file = Self.temporary()
    defer { try? FileManager.default.removeItem(atPath: file) }
    try store.get(Self.pointer, to: file)
    guard let found = try? JSONDecoder().decode(Latest.self, from: Data(contentsOf: URL(fileURLWithPath: file))) else {
      throw RunError(
        .corrupted, path: "\(store.name)/\(Self.pointer)", received: "a list of checkpoints that cannot be read",
        remedy: "delete it, and train without --resume into another folder")
    }
    return found
  }

  // MARK: Sending

  /// Sends this rank's shards.
  func send(shard: String, of folder: String, pace: WritePace) throws {
    try store.put(shard, as: "checkpoints/\(folder)/\(PathText.name(of: shard))") { try pace.take($0) }
  }

  /// Sends the main file, when the shards of all ranks are there, then says so, then deletes what is not needed any more.
  ///
  /// - Parameters:
  ///   - isBest: whether these are the best weights; nothing goes on from them alone where `isLast` is false.
  func publish(
    _ file: String, as entry: Entry, isLast: Bool, isBest: Bool, keep: Int, of run: RunDirectory, pace: WritePace
  ) throws {
    // Before its content, so that what is put replaces nothing newer than that.
    let seen = store.hasConditions ? try store.state(of: Self.pointer) : nil
    if let seen, !known.accepts(seen.change ?? "") { throw overtaken(seen.story) }
    var latest = try latest() ?? Latest()
    if latest.checkpoints.isEmpty { try sendRun(run) }
    try store.put(file, as: "checkpoints/\(entry.file)") { try pace.take($0) }
    if isBest { latest.best = entry }
    if isLast {
      // A run that went back to an older checkpoint has left the newer ones behind.
      let before = latest.checkpoints.filter { $0.step < entry.step }
      let bases = ([entry] + before.prefix(keep - 1)).compactMap(\.base)
      latest.checkpoints =
        [entry] + before.enumerated().filter { $0.offset < keep - 1 || bases.contains($0.element.file) }.map(\.element)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let pointer = Self.temporary()
    defer { try? FileManager.default.removeItem(atPath: pointer) }
    try encoder.encode(latest).write(to: URL(fileURLWithPath: pointer))
    if store.hasConditions {
      let change = UUID().uuidString
      known.insert(change)
      do {
        _ = try store.put(pointer, as: Self.pointer, over: seen, change: change)
      } catch let error as DataError where error.code == .changedThere {
        throw overtaken(try store.state(of: Self.pointer)?.story ?? "gone by now")
      }
    } else {
      try store.put(pointer, as: Self.pointer)
    }
    try removeUnneeded(latest)
  }

  private func overtaken(_ story: String) -> RunError {
    RunError(
      .mismatch, path: "\(store.name)/\(Self.pointer)",
      received: "checkpoints of another process, \(story); they were left as they are",
      remedy: "end one of the two, or give this run a checkpoint.mirror of its own")
  }

  private func removeUnneeded(_ latest: Latest) throws {
    let entries = latest.checkpoints + [latest.best].compactMap { $0 }
    let files = Set(entries.flatMap(\.names).map { "checkpoints/\($0)" })
    let folders = Set(entries.compactMap(\.folder).map { "checkpoints/\($0)" })
    for name in try store.list("checkpoints")
    where !files.contains(name) && !folders.contains(PathText.folder(of: name)) {
      try store.delete(name)
    }
  }

  /// What a run needs beside its checkpoints to go on elsewhere.
  private func sendRun(_ run: RunDirectory) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: run.path) {
      guard !name.hasPrefix("checkpoints"), !name.hasPrefix("events."),
        !name.hasPrefix("metrics."), !name.contains(".partial-"), name != PathText.name(of: run.stateFile)
      else { continue }
      var isFolder: ObjCBool = false
      let path = "\(run.path)/\(name)"
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      try store.put(path, as: "run/\(name)")
    }
  }

  // MARK: Fetching

  /// Fetches what is newer there than on disk, the run itself where it is not there.
  ///
  /// - Returns: the step that was fetched; nil where there was nothing to fetch.
  func fetch(into run: RunDirectory) throws -> Int? {
    guard let latest = try latest(), let newest = latest.checkpoints.first else { return nil }
    if run.holdsRun {
      guard (run.checkpoints.lastStep ?? -1) < newest.step else { return nil }
      try fetch(latest, newest, into: run.checkpoints)
      return newest.step
    }
    guard !run.exists else { return nil }
    let beside = RunDirectory("\(run.path).partial-\(getpid())")
    do {
      for name in try store.list("run") {
        let path = "\(beside.path)/\(name.dropFirst("run/".count))"
        try FileManager.default.createDirectory(
          atPath: PathText.folder(of: path), withIntermediateDirectories: true)
        try store.get(name, to: path)
      }
      try fetch(latest, newest, into: beside.checkpoints)
      try FileManager.default.moveItem(atPath: beside.path, toPath: run.path)
    } catch {
      try? FileManager.default.removeItem(atPath: beside.path)
      throw error
    }
    return newest.step
  }

  private func fetch(_ latest: Latest, _ newest: Entry, into folder: CheckpointFolder) throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let base = latest.checkpoints.first { $0.file == newest.base }
    for entry in [base, latest.best, newest].compactMap({ $0 }) where !entry.file.contains("/") {
      if let shards = entry.folder, !shards.contains("/") {
        try FileManager.default.createDirectory(
          atPath: "\(folder.path)/\(shards)", withIntermediateDirectories: true)
        for name in try store.list("checkpoints/\(shards)") {
          let path = "\(folder.path)/\(shards)/\(PathText.name(of: name))"
          if !RunDirectory.isThere(path) { try store.get(name, to: path) }
        }
      }
      let path = "\(folder.path)/\(entry.file)"
      try? FileManager.default.removeItem(atPath: path)
      try store.get("checkpoints/\(entry.file)", to: path)
    }
    if let best = latest.best {
      try AtomicFile.addName("\(folder.path)/best.safetensors", to: "\(folder.path)/\(best.file)")
      if best.file.hasPrefix("best-") { try? FileManager.default.removeItem(atPath: "\(folder.path)/\(best.file)") }
    }
    try AtomicFile.addName(folder.last, to: "\(folder.path)/\(newest.file)")
  }

  private static func temporary() -> String { "\(NSTemporaryDirectory())swiftrec-\(UUID().uuidString)" }
}

extension TrainingJob {
  /// Fetches what a run's mirror has and its folder lacks.
  static func fetch(
    _ options: CheckpointConfiguration, into run: RunDirectory, _ world: TrainingWorld?, warn: (String) -> Void
  ) throws {
    guard let address = options.mirror else { return }
    try onMain(of: world, "fetching \(run.path)") {
      let mirror = try CheckpointMirror(address)
      if let step = try mirror.fetch(into: run) {
        warn("\(run.path) goes on from the checkpoint of step \(step) in \(mirror.store.name)")
      }
    }
  }
}
