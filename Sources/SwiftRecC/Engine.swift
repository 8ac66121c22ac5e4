import Environment
import Foundation
import Sparse
import Torch
import Training

/// The version of the engine as JSON: `{"swiftrec": ..., "torch": ..., "cuda_devices": ..., "threads": ...}`.
@c(swiftrec_engine)
public func engine(_ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let facts = JSONText.object([
      ("torch", .text(Engine.version)), ("cuda_devices", .integer(Engine.cudaDeviceCount)),
      ("threads", .integer(Engine.threads)),
    ])
    try required(out, "out").pointee = strdup(facts.description)
  }
}

@c(swiftrec_set_threads)
public func setThreads(_ count: Int64, _ message: Message?) -> Int32 {
  crossing(message) {
    guard (1...1024).contains(count) else {
      throw CallError("threads: received \(count), expected a whole number from 1 to 1024")
    }
    try Engine.setThreads(Int(count))
  }
}

/// What memory holds now, as JSON: bytes of live tensors, bytes kept for reuse, live tensors of the bridge.
@c(swiftrec_memory)
public func memory(_ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let statistics = Engine.allocatorStatistics
    let facts = JSONText.object([
      ("bytes_in_use", .integer(statistics.inUse)), ("bytes_kept", .integer(statistics.kept)),
      ("live_tensors", .integer(Engine.liveHandles)), ("live_handles", .integer(Handles.count)),
      ("available_bytes", .integer(MemoryFacts.gather().available)),
    ])
    try required(out, "out").pointee = strdup(facts.description)
  }
}

@c(swiftrec_release_memory)
public func releaseMemory() { Engine.releaseCachedMemory() }

/// What the tables of a configuration will take, as JSON. Takes none of it.
@c(swiftrec_plan)
public func plan(
  _ yaml: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ overrides: UnsafePointer<UInt8>?,
  _ overrideEnds: UnsafePointer<Int64>?, _ overrideCount: Int64, _ out: Message?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let overrides = try texts(overrides, overrideEnds, overrideCount, "overrides")
    let configuration =
      if let path = optionalText(path) {
        try PlanConfiguration.load(path, overrides: overrides)
      } else {
        try PlanConfiguration(yaml: text(yaml, "yaml"), name: "configuration", overrides: overrides)
      }
    let device = try TrainingJob.device(configuration.device)
    let plan = try configuration.plan()
    let available = MemoryFacts.gather().available
    let demands = plan.demands(device: device, available: available)
    try required(out, "out").pointee = strdup(plan.json(demands, available: available).description)
  }
}
