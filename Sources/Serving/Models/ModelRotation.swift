import Foundation
import Logging
import Registry
import Synchronization
import Training

/// The models that answer now, by name and version.
///
/// A version is replaced by one assignment: requests that hold the old one end with it, later ones get the new one, and none fails.
public final class ModelRotation: Sendable {
  public typealias Open = @Sendable (_ source: String) throws -> LoadedModel
  /// The version that a source names now; nil for one that names none.
  public typealias Version = @Sendable (_ source: String) throws -> String?

  private struct Entry {
    var versions: [String: ServedModel] = [:]
    var current: String?
    /// What `rollback` goes back to.
    var previous: ServedModel?
    /// The last source, which a load without one opens again.
    var source: String
    /// Why the last load failed.
    var reason = ""
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var order: [String] = []
  }

  private let state = Mutex(State())
  /// One load at a time: two of one name would race for which stays.
  private let loading = Mutex(())
  private let open: Open
  private let options: BatchingOptions
  private let threads: ComputeThreads
  private let metrics: ServingMetrics
  private let logger: Logger

  init(options: BatchingOptions, threads: ComputeThreads, metrics: ServingMetrics, logger: Logger, open: @escaping Open)
  {
    self.options = options
    self.threads = threads
    self.metrics = metrics
    self.logger = logger
    self.open = open
  }

  // MARK: Asking

  /// - Parameter version: the current one when nil or empty.
  func model(_ name: String, version: String? = nil) throws(ServingError) -> ServedModel {
    let found: ServedModel? = state.withLock { state in
      guard let entry = state.entries[name] else { return nil }
      if let version, !version.isEmpty { return entry.versions[version] }
      return entry.current.flatMap { entry.versions[$0] }
    }
    guard let found else {
      let version = version.flatMap { $0.isEmpty ? nil : " version \"\($0)\"" } ?? ""
      throw .notFound(
        "model \"\(name)\"\(version) is not loaded; loaded are \(names.isEmpty ? "none" : names.joined(separator: ", "))"
      )
    }
    return found
  }

  /// - Parameter path: `NAME` or `NAME/VERSION`.
  func model(path: String) throws(ServingError) -> ServedModel {
    let parts = path.split(separator: "/", maxSplits: 1)
    return try model(parts.first.map(String.init) ?? path, version: parts.count > 1 ? String(parts[1]) : nil)
  }

  /// The model that names items: `name`, else the first that does.
  func recommender(_ name: String?) throws(ServingError) -> ServedModel {
    if let name { return try model(name) }
    guard let found = all.first(where: { $0.loaded.recommender != nil }) else {
      throw .notFound("no model that names items is loaded; serve the run or package of a recommender")
    }
    return found
  }

  var names: [String] {
    state.withLock { state in state.order.filter { state.entries[$0]?.current != nil } }
  }

  /// Every version, the current one of a name first.
  var all: [ServedModel] {
    state.withLock { state in
      state.order.flatMap { name -> [ServedModel] in
        guard let entry = state.entries[name] else { return [] }
        let current = entry.current.flatMap { entry.versions[$0] }
        return [current].compactMap { $0 }
          + entry.versions.values.filter { $0 !== current }.sorted { $0.version < $1.version }
      }
    }
  }

  func versions(of name: String) -> [String] {
    state.withLock { $0.entries[name].map { $0.versions.keys.sorted() } ?? [] }
  }

  struct IndexEntry: Sendable {
    var name: String
    var version: String
    var state: String
    var reason: String
  }

  var index: [IndexEntry] {
    state.withLock { state in
      state.order.flatMap { name -> [IndexEntry] in
        guard let entry = state.entries[name] else { return [] }
        if entry.versions.isEmpty {
          return [IndexEntry(name: name, version: "", state: "UNAVAILABLE", reason: entry.reason)]
        }
        return entry.versions.keys.sorted().map {
          IndexEntry(name: name, version: $0, state: "READY", reason: $0 == entry.current ? "current" : "")
        }
      }
    }
  }

  // MARK: Changing

  /// Opens a source, answers once with it, and puts it in rotation.
  ///
  /// - Parameter name: what it is called here; its own name when nil.
  /// - Parameter beside: keeps the versions that are loaded, and the current one current.
  @discardableResult
  func load(_ source: String, as name: String? = nil, beside: Bool = false) throws -> ServedModel {
    try loading.withLock { _ in
      var loaded = try open(source)
      if let name { loaded.name = name }
      guard !loaded.name.isEmpty, !loaded.name.contains(where: { "/:?#%\"".contains($0) }) else {
        throw ServingError.invalid(
          "\(source): a model can't be called \"\(loaded.name)\" in a path; give it a name, as in NAME=\(source)")
      }
      let served = ServedModel(loaded, source: source, options: options, threads: threads, metrics: metrics)
      if let reason = served.warmUp() {
        logger.warning(
          "the model did not answer its first values", metadata: ["model": "\(served.name)", "reason": "\(reason)"])
      }
      install(served, beside: beside)
      metrics.loads.increment("model=\(MetricsText.quoted(served.name)),result=\"ok\"")
      for note in loaded.notes { logger.warning("\(note)", metadata: ["model": "\(served.name)"]) }
      logger.info(
        "model loaded", metadata: ["model": "\(served.name)", "version": "\(served.version)", "source": "\(source)"])
      return served
    }
  }

  private func install(_ served: ServedModel, beside: Bool) {
    state.withLock { state in
      if state.entries[served.name] == nil { state.order.append(served.name) }
      var entry = state.entries[served.name] ?? Entry(source: served.source)
      if beside, entry.current != nil {
        entry.versions[served.version] = served
      } else {
        let old = entry.current.flatMap { entry.versions[$0] }
        if let old {
          entry.versions[old.version] = nil
          entry.previous = old
        }
        entry.versions[served.version] = served
        entry.current = served.version
        entry.source = served.source
        entry.reason = ""
      }
      state.entries[served.name] = entry
    }
  }

  /// Opens the source of a name again; what answers now goes on until the new one does, and stays where that fails.
  @discardableResult
  func reload(_ name: String, source: String? = nil) throws -> ServedModel {
    guard let source = source ?? state.withLock({ $0.entries[name]?.source }) else {
      throw ServingError.notFound("model \"\(name)\" is unknown; load it with the parameter source")
    }
    do {
      return try load(source, as: name)
    } catch {
      metrics.loads.increment("model=\(MetricsText.quoted(name)),result=\"failed\"")
      logger.error("load failed", metadata: ["model": "\(name)", "source": "\(source)", "error": "\(error)"])
      state.withLock { $0.entries[name]?.reason = "\(error)" }
      if error is ServingError { throw error }
      throw ServingError(.conflict, "model \"\(name)\" was not loaded: \(error)")
    }
  }

  /// Takes all versions of a name out of rotation.
  func unload(_ name: String) throws(ServingError) {
    let isKnown = state.withLock { state in
      guard state.entries[name] != nil else { return false }
      state.entries[name]?.versions = [:]
      state.entries[name]?.current = nil
      state.entries[name]?.previous = nil
      state.entries[name]?.reason = "unloaded"
      return true
    }
    guard isKnown else { throw .notFound("model \"\(name)\" is unknown; the repository's index lists what is here") }
    logger.info("model unloaded", metadata: ["model": "\(name)"])
  }

  /// Takes a version whose files are damaged out of rotation; what it replaced answers again, where that is still here.
  func withdraw(_ served: ServedModel, because reason: String) {
    let back: ServedModel? = state.withLock { state in
      guard var entry = state.entries[served.name] else { return nil }
      if entry.previous === served { entry.previous = nil }
      var back: ServedModel?
      if entry.versions[served.version] === served {
        entry.versions[served.version] = nil
        entry.reason = reason
        if entry.current == served.version {
          back = entry.previous
          entry.current = back?.version
          if let back { entry.versions[back.version] = back }
          entry.previous = nil
        }
      }
      state.entries[served.name] = entry
      return back
    }
    logger.error(
      "model withdrawn",
      metadata: [
        "model": "\(served.name)", "version": "\(served.version)", "reason": "\(reason)",
        "answers now": "\(back?.version ?? "none")",
      ])
  }

  /// The current version of each name, with the source that it follows.
  var followed: [(name: String, source: String, version: String)] {
    state.withLock { state in
      state.order.compactMap { name in
        guard let entry = state.entries[name], let version = entry.current else { return nil }
        return (name, entry.source, version)
      }
    }
  }

  /// Puts back what the last load replaced.
  @discardableResult
  func rollback(_ name: String) throws(ServingError) -> ServedModel {
    let back: ServedModel? = state.withLock { state in
      guard let entry = state.entries[name], let previous = entry.previous else { return nil }
      let current = entry.current.flatMap { entry.versions[$0] }
      if let current { state.entries[name]?.versions[current.version] = nil }
      state.entries[name]?.versions[previous.version] = previous
      state.entries[name]?.current = previous.version
      state.entries[name]?.source = previous.source
      state.entries[name]?.previous = current
      return previous
    }
    guard let back else {
      throw ServingError(.conflict, "model \"\(name)\" has no version before this one; load one first")
    }
    logger.info("model rolled back", metadata: ["model": "\(name)", "version": "\(back.version)"])
    return back
  }
}
