import Torch
import TorchDistributed

extension TrainingLoop {
  /// Begins the timeline where the configuration asks for one.
  ///
  /// - Throws: `FileError` for a file that can't be written, before a run is made.
  func beginTrace() throws {
    guard let path = settings.trace else { return }
    try onMain("writing \(path)") { try Self.write("", to: path) }
    let made = Timeline(steps: settings.traceSteps)
    timeline = made
    world?.group.timeline = made
  }

  /// Before each step: tells the timeline, and writes it as soon as it is full.
  func traceStep() throws {
    timeline?.begin(batch: state.step)
    if timeline?.isFull == true { try writeTrace() }
  }

  /// Writes what was recorded on all ranks into one file. All ranks come here after the same step.
  func writeTrace() throws {
    guard let timeline, let path = settings.trace else { return }
    self.timeline = nil
    world?.group.timeline = nil
    let lines = timeline.events(process: world?.rank ?? 0, name: world.map { "rank \($0.rank)" } ?? state.model)
    let all = try world?.gather(lines.joined(separator: ",\n")) ?? lines
    try onMain("writing \(path)") { try Self.write(Timeline.trace(all), to: path) }
  }

  private func onMain(_ what: String, _ body: () throws -> Void) throws {
    if let world { try world.onMain(what, body) } else { try body() }
  }

  private static func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { put in try Array(text.utf8).withUnsafeBytes(put) }
  }
}
