import Foundation

/// Waits for dataset versions that the pipeline has not seen.
public struct PipelineWatch {
  private let configuration: PipelineConfiguration
  private let surroundings: Surroundings
  /// Looked at twice with nothing changed between: then nobody is writing any more.
  private var last: DatasetManifest?

  public init(_ configuration: PipelineConfiguration, _ surroundings: Surroundings) {
    self.configuration = configuration
    self.surroundings = surroundings
  }

  /// The version that lies there, where no run has begun with it; data that is not there yet, or is being written, is none.
  ///
  /// - Throws: `PipelineError` for a state that can't be read, `DataError` for a file that can't.
  public mutating func look() throws -> DatasetManifest? {
    let seen = try Pipeline.state(in: configuration.folder)?.dataset
    if let last, last.looksLike(configuration.data) { return last.version == seen ? nil : last }
    do {
      last = try DatasetManifest.take(configuration.data, known: last)
    } catch let error as PipelineError where [.missing, .changed].contains(error.code) {
      last = nil
    }
    return nil
  }

  /// Waits for a new version.
  ///
  /// - Parameters:
  ///   - interval: seconds between two looks.
  ///   - seconds: how long; nil for ever.
  /// - Returns: nil where none came.
  public mutating func wait(interval: Double, seconds: Double? = nil) throws -> DatasetManifest? {
    let end = seconds.map { surroundings.now() + $0 }
    // The first two looks find what lies there already.
    var looks = 0
    while true {
      if let found = try look() { return found }
      looks += 1
      if let end, looks >= 2, surroundings.now() >= end { return nil }
      let pause = looks < 2 ? min(interval, 0.2) : interval
      try surroundings.sleep(end.map { max(0.05, min(pause, $0 - surroundings.now())) } ?? pause)
    }
  }
}
