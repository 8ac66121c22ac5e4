import Environment
import Features
import Foundation
import Training

/// Begins a training and returns at once; the configuration is checked before.
///
/// - Parameters:
///   - yaml: the configuration, where `path` is null.
///   - overrides: `key.key=value`, as `swiftrec train --set` takes them.
///   - dataset: a handle of data in memory; 0 for what the configuration names.
///   - folder: the run directory.
///   - resumes: whether a run that is there is to be continued.
@c(swiftrec_training_begin)
public func trainingBegin(
  _ yaml: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ overrides: UnsafePointer<UInt8>?,
  _ overrideEnds: UnsafePointer<Int64>?, _ overrideCount: Int64, _ dataset: Int64, _ folder: UnsafePointer<CChar>?,
  _ resumes: Bool, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let overrides = try texts(overrides, overrideEnds, overrideCount, "overrides")
      .map { (text: $0, place: "override \($0)") }
    let configuration =
      if let path = optionalText(path) {
        try RunConfiguration.load(path, options: overrides)
      } else {
        try RunConfiguration(yaml: text(yaml, "yaml"), name: "configuration", options: overrides)
      }
    let given = dataset == 0 ? nil : try Handles.get(dataset, as: DatasetBox.self).whole()
    let run = RunDirectory(try text(folder, "folder"))
    // No more threads than the container gives; what a configuration asks for comes later and stands.
    _ = ResourceShare.taken
    out.pointee = Handles.add(TrainingTask(configuration, run: run, resumes: resumes, dataset: given))
  }
}

/// The next event as JSON; null when none came within `milliseconds`. A training that failed fails here.
@c(swiftrec_training_next)
public func trainingNext(
  _ handle: Int64, _ milliseconds: Int64, _ out: Message?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let event = try Handles.get(handle, as: TrainingTask.self)
      .next(milliseconds: Int(min(max(milliseconds, 0), 3_600_000)))
    out.pointee = event.flatMap { strdup($0.description) }
  }
}

/// Ends a training after its step, with a checkpoint that it can be continued from.
@c(swiftrec_training_stop)
public func trainingStop(_ handle: Int64, _ message: Message?) -> Int32 {
  crossing(message) { try Handles.get(handle, as: TrainingTask.self).stop() }
}
